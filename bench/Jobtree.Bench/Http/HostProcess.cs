using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Jobtree.Bench.Http;

/// <summary>
/// The silo as a process of its own, on a port of its choice: <c>jobtree-silo up</c>, usually with a new folder and
/// simulated runs.
/// </summary>
internal sealed partial class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly ScratchFolder? folder;
    private TimeSpan processorBefore;
    private Task drain = Task.CompletedTask;

    private HostProcess(Process process, ScratchFolder? folder)
    {
        (this.process, this.folder) = (process, folder);
        // Also when the bench is told to end: a host left behind would spoil every later measurement.
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>The arguments of an empty silo with simulated runs, without the data folder.</summary>
    public static string[] Simulated { get; } = ["up", "--empty", "--executor", "simulated", "--port", "0"];

    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>The host's memory, in bytes, as the system counts it.</summary>
    public long MemoryBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>Starts a silo on a folder of its own, which is removed with it.</summary>
    public static Task<HostProcess> Start(BenchSettings settings)
    {
        var folder = settings.NewFolder();
        return Start(AppContext.BaseDirectory, Simulated, folder.Path, folder);
    }

    /// <summary>Starts a silo on a folder that stays.</summary>
    public static Task<HostProcess> Start(string folder) =>
        Start(AppContext.BaseDirectory, Simulated, folder, null);

    /// <summary>Starts a silo of any build on a folder of its own, which is removed with it.</summary>
    /// <param name="settings">What holds for every bench.</param>
    /// <param name="program">The folder with <c>jobtree-silo.dll</c>.</param>
    /// <param name="arguments">Its arguments, without the data folder.</param>
    public static Task<HostProcess> Start(BenchSettings settings, string program, params string[] arguments)
    {
        var folder = settings.NewFolder();
        return Start(program, arguments, folder.Path, folder);
    }

    private static async Task<HostProcess> Start(
        string program, IReadOnlyList<string> arguments, string path, ScratchFolder? folder)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet")
        {
            RedirectStandardOutput = true,
        };
        foreach (var argument in (string[])[Path.Combine(program, "jobtree-silo.dll"), .. arguments, "--data", path])
            start.ArgumentList.Add(argument);
        var host = new HostProcess(
            Process.Start(start) ?? throw new InvalidOperationException("The host did not start."), folder);
        try
        {
            host.Address = await host.ReadAddress().WaitAsync(StartMax);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
        // What it prints from now on is of no interest, but must not fill the pipe.
        host.drain = host.process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        return host;
    }

    /// <summary>Begins to count processor time; see <see cref="ProcessorSinceMark"/>.</summary>
    public void MarkProcessor() => processorBefore = Processor();

    /// <summary>Processor time that the host took since the mark.</summary>
    public TimeSpan ProcessorSinceMark() => Processor() - processorBefore;

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        Kill();
        await process.WaitForExitAsync();
        await drain;
        process.Dispose();
        folder?.Dispose();
    }

    private void OnExit(object? sender, EventArgs happened) => Kill();

    private void Kill()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
    }

    private TimeSpan Processor()
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }

    private async Task<Uri> ReadAddress()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Url().Match(line) is { Success: true } match)
                return new Uri(match.Value);
        }
        throw new InvalidOperationException("The host ended before it served; what it said stands above.");
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Url();
}
