using System.ComponentModel;
using System.Diagnostics;

namespace Jobtree.Execution.Processes.Reporting;

/// <summary>
/// Asks <c>nvidia-smi</c> how busy this machine's GPUs are. Where the program is missing or fails, it is not asked
/// again for a while.
/// </summary>
/// <param name="program">The program: a path, or a name to look for in <c>PATH</c>.</param>
/// <param name="time">The clock.</param>
internal sealed class GpuMonitor(string program, TimeProvider time)
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private DateTimeOffset asksAgainAt = DateTimeOffset.MinValue;

    /// <summary>The GPUs in the order of their ordinals; empty: there are none, or they do not tell.</summary>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<IReadOnlyList<GpuReading>> Read(CancellationToken cancel)
    {
        if (time.GetUtcNow() < asksAgainAt)
            return [];
        if (Programs.TryFind(program, Environment.GetEnvironmentVariable("PATH"), "/", out var path, out _)
            && await Ask(path, cancel) is { Count: > 0 } gpus)
            return gpus;
        asksAgainAt = time.GetUtcNow() + Pause;
        return [];
    }

    private async Task<IReadOnlyList<GpuReading>?> Ask(string path, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(AnswerMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo(path, ["-q", "-x"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            process.StandardInput.Close();
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            var text = await ReadUpTo(process.StandardOutput, GpuXml.LengthMax, either.Token);
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0 ? GpuXml.TryRead(new StringReader(text)) : null;
        }
        catch (Exception e) when (e is Win32Exception or IOException || (e is OperationCanceledException
            && !cancel.IsCancellationRequested))
        {
            return null;
        }
        finally
        {
            if (process is { HasExited: false })
                process.Kill(entireProcessTree: true);
            process?.Dispose();
        }
    }

    private static async Task<string> ReadUpTo(StreamReader reader, int most, CancellationToken cancel)
    {
        var text = new char[64 * 1024];
        var length = 0;
        while (length < most)
        {
            if (length == text.Length)
                Array.Resize(ref text, Math.Min(most, text.Length * 2));
            var read = await reader.ReadAsync(text.AsMemory(length), cancel);
            if (read == 0)
                return new string(text, 0, length);
            length += read;
        }
        throw new IOException($"The answer has more than {most} characters.");
    }
}
