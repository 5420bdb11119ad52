using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Jobtree.Execution.Tests;

/// <summary>A process executor on a folder of its own, which a test can drop and make again.</summary>
internal sealed class ProcessHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<Launch> launched = [];
    private ProcessExecutorOptions options;

    public ProcessHost(Func<ProcessExecutorOptions, ProcessExecutorOptions>? configure = null)
    {
        options = new ProcessExecutorOptions
        {
            Folder = Directory.CreateTempSubdirectory("jobtree-executors-").FullName,
            StopGrace = TimeSpan.FromMilliseconds(300),
            PollInterval = TimeSpan.FromMilliseconds(20),
        };
        options = configure?.Invoke(options) ?? options;
        Executor = Make();
    }

    public string Folder => options.Folder;

    public RecordedExits Exits { get; private set; } = new();

    public ProcessExecutor Executor { get; private set; }

    public IRunLogs Logs => Executor.Logs!;

    public async Task Start(Launch launch)
    {
        launched.Add(launch);
        await Executor.Start(launch);
    }

    public async Task<Exit> Run(Launch launch)
    {
        await Start(launch);
        return await Exits.Next();
    }

    public async Task Restart(Func<ProcessExecutorOptions, ProcessExecutorOptions>? configure = null)
    {
        await Drop();
        options = configure?.Invoke(options) ?? options;
        Executor = Make();
    }

    public ValueTask Drop() => Executor.DisposeAsync();

    public string Output(Launch launch, string file) => Read(launch.Run, $"{launch.Attempt}/{file}");

    public string Read(RunKey run, string file)
    {
        using var stream = Logs.Open(run, file) ?? throw new FileNotFoundException(file);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Waits for a process's own word that it has come to some point; it writes a file.</summary>
    public static async Task<string> FileWritten(string path)
    {
        await Eventually.Holds(() => File.Exists(path) && File.ReadAllText(path).EndsWith('\n'), Patience);
        return File.ReadAllText(path).Trim();
    }

    public static Task FileThere(string path) => Eventually.Holds(() => File.Exists(path), Patience);

    public static Task Gone(int pid) => Eventually.Holds(() => LinuxProcess.Stat(pid) is null, Patience);

    /// <summary>Waits until a process that starts now has a later start time than this one. A tick is 10 ms.</summary>
    public static Task ClockTickAfter(int pid)
    {
        var start = LinuxProcess.Stat(pid)!.Value.StartTicks;
        return Eventually.Holds(() => Ticks(File.ReadAllText("/proc/uptime")) > start, Patience);
    }

    public Task Settled() => Eventually.Holds(() => Executor.OpenCount == 0, Patience);

    public async ValueTask DisposeAsync()
    {
        foreach (var launch in launched.Where(l => AttemptStore.IsSafe(l.Run)))
            await Executor.Stop(Launches.StopOf(launch));
        await Settled();
        await Executor.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    // "12.34 56.78": seconds since boot in hundredths, then the time spent idle.
    private static long Ticks(string uptime) =>
        long.Parse(uptime.Split(' ')[0].Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    private ProcessExecutor Make()
    {
        Exits = new RecordedExits();
        var executor = new ProcessExecutor(options, TimeProvider.System, NullLogger<ProcessExecutor>.Instance);
        executor.Begin(Exits);
        return executor;
    }
}
