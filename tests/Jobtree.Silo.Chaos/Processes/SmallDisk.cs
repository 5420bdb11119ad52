using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>A file system of its own in memory, which can be full.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const long Room = 8L << 30;
    private const int PageBytes = 4096;
    private const int FillTriesMax = 50;

    private readonly string folder;

    /// <param name="folder">Where it is, an empty folder.</param>
    public SmallDisk(string folder)
    {
        this.folder = Directory.CreateDirectory(folder).FullName;
        Do("mount", "-t", "tmpfs", "-o", $"size={Text(Room)},mode=0700", "tmpfs", this.folder);
    }

    /// <summary>Why there can be none here; null: there can.</summary>
    public static string? WhatIsMissing()
    {
        var trial = Directory.CreateTempSubdirectory("jobtree-disk-");
        try
        {
            using var disk = new SmallDisk(trial.FullName);
            return null;
        }
        catch (Exception refused) when (refused is InvalidOperationException or Win32Exception)
        {
            return $"File systems cannot be mounted here: {refused.Message.Trim()}";
        }
        finally
        {
            trial.Delete();
        }
    }

    /// <summary>Takes all room that is left.</summary>
    public void Fill()
    {
        for (var tries = 1; ; tries++)
        {
            var drive = new DriveInfo(folder);
            var used = drive.TotalSize - drive.TotalFreeSpace;
            try
            {
                Resize((used + PageBytes - 1) / PageBytes * PageBytes);
                return;
            }
            catch (InvalidOperationException) when (tries < FillTriesMax)
            {
                // It is smaller by now than what is written.
            }
        }
    }

    /// <summary>Gives room again.</summary>
    public void Clear() => Resize(Room);

    public void Dispose() => Do("umount", "--lazy", folder);

    private void Resize(long bytes) => Do("mount", "-o", $"remount,size={Text(bytes)}", folder);

    private static string Text(long bytes) => bytes.ToString(CultureInfo.InvariantCulture);

    private static void Do(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {said}");
    }
}
