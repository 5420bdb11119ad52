using System.Globalization;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>
/// One silo of the cluster. It is kept running as Kubernetes would keep it: whenever its process has ended, for
/// whatever reason, it is started again. Its API keeps its port; towards the other silos it is a new one each time, so
/// that they have to find out by themselves that the one before is dead.
/// </summary>
/// <param name="index">Its number, from 1.</param>
/// <param name="folder">Where its files are.</param>
/// <param name="redis">Where it finds Redis, as <c>host:port</c>; null: it is alone, and keeps its journal in
/// <see cref="Data"/>.</param>
/// <param name="network">Whose host of its number it is on; null: loopback.</param>
internal sealed class SiloProcess(int index, string folder, string? redis, SmallNetwork? network) : IAsyncDisposable
{
    private const string Loopback = "127.0.0.1";
    private static readonly Dictionary<string, string> NoVariables = [];
    private static readonly TimeSpan RestartPause = TimeSpan.FromMilliseconds(500);

    /// <summary>The program that runs this one, where it is the runtime itself: it need not be on the path.</summary>
    private static readonly string Runtime = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(
        own) == "dotnet" ? own : "dotnet";

    private readonly CancellationTokenSource ending = new();
    private readonly string log = Path.Combine(folder, $"silo-{index}.log");
    private Task keeping = Task.CompletedTask;
    private volatile ChildProcess? process;
    private DateTime mayStartAt;
    private int startsSince;
    private volatile int port;

    /// <summary>Its number, from 1.</summary>
    public int Index => index;

    /// <summary>Where its API is.</summary>
    public Uri Address { get; } = new(
        $"http://{network?.Address(index) ?? Loopback}:{Ports.Take().ToString(CultureInfo.InvariantCulture)}");

    /// <summary>The port at which other silos find its present process.</summary>
    public int Port => port;

    /// <summary>What it said, all its processes one after the other.</summary>
    public string LogFile => log;

    /// <summary>How many processes there have been.</summary>
    public int Starts => Volatile.Read(ref startsSince);

    /// <summary>Whether its process runs, if only paused.</summary>
    public bool IsUp => process is { HasExited: false };

    /// <summary>The id of its present process; 0: none runs.</summary>
    public int Id => process?.Id ?? 0;

    /// <summary>How its last process ended; null: none has.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Where it keeps what it keeps.</summary>
    public string Data { get; } = redis is null ? Path.Combine(folder, "disk", "data") : folder;

    /// <summary>What its heap may take, in bytes; 0: what the machine has.</summary>
    public long HeapMax { get; init; }

    /// <summary>Its wall clock; null: the machine's.</summary>
    public FakeClock? Clock { get; init; }

    /// <summary>Its way to Redis; null: it has none of its own.</summary>
    public Relay? WayToRedis { get; init; }

    public void Begin() => keeping = Task.Run(Keep);

    /// <summary>Ends it as a crash would, and starts it again after a while.</summary>
    public async Task Kill(TimeSpan downFor)
    {
        HoldDown(downFor);
        if (process is { } running)
            await running.Kill();
    }

    /// <summary>Asks it to stop, as an upgrade does, and starts it again when it has.</summary>
    public async Task Stop()
    {
        if (process is not { } running)
            return;
        await running.Signal("TERM");
        await running.Exit();
    }

    /// <summary>Stops it from running, its connections left open.</summary>
    public async Task Pause()
    {
        if (process is { } running)
            await running.Signal("STOP");
    }

    /// <summary>Lets it go on.</summary>
    public async Task Continue()
    {
        if (process is { } running)
            await running.Signal("CONT");
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        if (process is { } running)
            await running.Kill();
        await keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ending.Dispose();
    }

    private void HoldDown(TimeSpan downFor) => mayStartAt = DateTime.UtcNow + downFor;

    private async Task Keep()
    {
        while (!ending.IsCancellationRequested)
        {
            port = Ports.Take();
            await using (var started = ChildProcess.Start(Command[0], [.. Command[1..], .. Arguments()], log,
                Variables))
            {
                process = started;
                Interlocked.Increment(ref startsSince);
                if (ending.IsCancellationRequested)
                    await started.Kill();
                await started.Ended();
                ExitCode = started.ExitCode;
                process = null;
            }
            await Task.Delay(RestartPause, ending.Token);
            while (DateTime.UtcNow < mayStartAt)
                await Task.Delay(50, ending.Token);
        }
    }

    private string[] Command => network is null ? [Runtime] : [.. network.On(index), Runtime];

    private IReadOnlyDictionary<string, string> Variables => HeapMax == 0 ? Clock?.Variables ?? NoVariables
        : new Dictionary<string, string>(Clock?.Variables ?? NoVariables)
        {
            ["DOTNET_GCHeapHardLimit"] = HeapMax.ToString("X", CultureInfo.InvariantCulture),
        };

    private string[] Arguments() =>
    [
        "exec", Path.Combine(AppContext.BaseDirectory, "jobtree-silo.dll"), "up", "--empty",
            "--drain", "1", "--requests-per-second", "0", "--port", Text(Address.Port), "--data", Data,
        // Or nothing would be cut for a promise, and nothing would grow, in a round of half a minute.
        "--activation-lead", "3", "--replan-min", "2", "--growth-min", "2",
        .. redis is null ? (string[])["--executor", "external"] :
        [
            "--redis", redis, "--silo-port", Text(port), "--gateway-port", Text(Ports.Take()), "--state-folder", folder,
        ],
        // Its network is this machine's own, and nobody else is on it.
        .. network is null ? (string[])[] :
        [
            "--listen", Address.Host, "--advertise", Address.Host, "--silo-insecure", "--token-file",
                Path.Combine(folder, "tokens.json"),
        ],
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
