using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>Has system calls of a process fail, below its runtime, by strace.</summary>
internal sealed class Strace : IDisposable
{
    private readonly Process process;

    private Strace(Process process) => this.process = process;

    /// <summary>Why that cannot be done here; null: it can.</summary>
    public static string? WhatIsMissing()
    {
        try
        {
            using var trial = Process.Start(new ProcessStartInfo(
                "strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "inject=fsync:error=EIO", "true"])
            {
                RedirectStandardError = true,
            })!;
            var said = trial.StandardError.ReadToEnd();
            trial.WaitForExit();
            return trial.ExitCode == 0 ? null : $"strace cannot trace here: {said.Trim()}";
        }
        catch (Win32Exception)
        {
            return "There is no strace on PATH (Debian's package strace).";
        }
    }

    /// <summary>Has calls of a process that runs fail from now on, as far as they are about a file.</summary>
    /// <param name="process">The process.</param>
    /// <param name="file">The file.</param>
    /// <param name="calls">The names of the calls, with commas between them.</param>
    /// <param name="error">The name of the error, such as EIO.</param>
    public static Strace Fail(int process, string file, string calls, string error) => new(Process.Start(
        new ProcessStartInfo("strace", ["-f", "-o", "/dev/null", "-P", file, "-e", $"trace={calls}",
            "-e", $"inject={calls}:error={error}", "-p", process.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardError = true,
        })!);

    public void Dispose()
    {
        // It lets go of what it traces.
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
