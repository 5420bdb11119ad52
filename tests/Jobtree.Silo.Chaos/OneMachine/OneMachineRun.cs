using System.Globalization;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Faults;
using Jobtree.Silo.Chaos.Load;
using Jobtree.Silo.Chaos.Measuring;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.OneMachine;

/// <summary>One silo with its journal on a disk, under load, with faults of the disk and checks in turns.</summary>
internal sealed class OneMachineRun : IAsyncDisposable
{
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(3);

    private readonly SmallDisk? disk;
    private readonly SiloProcess silo;
    private readonly ApiClients api;
    private readonly RunMaker maker;
    private readonly LoadGenerator load;
    private readonly FleetFaults fleetFaults;
    private readonly TextWriter faultLog;
    private int rounds;

    private OneMachineRun(string folder, ChaosSettings settings, IReadOnlyList<MachineFaultKind> kinds)
    {
        var place = Path.Combine(folder, "disk");
        disk = kinds.Contains(MachineFaultKind.FillDisk) ? new SmallDisk(place) : null;
        silo = new SiloProcess(1, folder, null, null) { HeapMax = MemoryFlood.HeapMax };
        api = new ApiClients([silo], null);
        maker = new RunMaker(settings.Seed, isVaried: true);
        load = new LoadGenerator(api, Book, maker, new Meddler(api, Book, maker, Findings), new FailoverMeter(),
            Findings, settings.Rate);
        Check = new FolderCheck(silo, api, Book, Findings);
        faultLog = TextWriter.Synchronized(
            new StreamWriter(Path.Combine(folder, "faults.log")) { AutoFlush = true });
        Faults = new MachineFaults(silo, disk, new MemoryFlood(silo, api, Book, Findings), kinds, Findings,
            settings.Seed, faultLog);
        fleetFaults = new FleetFaults(api, Findings, settings.Seed, faultLog);
    }

    /// <summary>What was found to be broken.</summary>
    public Findings Findings { get; } = new();

    /// <summary>What was submitted.</summary>
    public RunBook Book { get; } = new();

    /// <summary>Breaks the silo and its disk.</summary>
    public MachineFaults Faults { get; }

    /// <summary>Reads what is left.</summary>
    public FolderCheck Check { get; }

    /// <summary>How many processes of the silo there have been.</summary>
    public int Starts => silo.Starts;

    /// <summary>Requests without a definite outcome, by what came instead.</summary>
    public IReadOnlyDictionary<string, long> Unknowns => api.Unknowns;

    /// <summary>Starts a silo with a fleet.</summary>
    public static async Task<OneMachineRun> Start(string folder, ChaosSettings settings,
        IReadOnlyList<MachineFaultKind> kinds, CancellationToken cancellation)
    {
        var run = new OneMachineRun(folder, settings, kinds);
        try
        {
            run.silo.Begin();
            await run.Check.Ready(cancellation);
            var answer = await run.api.Command("/v1/manifests", ChaosFleet.Manifests(), "fleet", cancellation);
            if (!answer.IsSuccess || run.Findings.Count > 0)
                throw new InvalidOperationException(
                    $"The silo did not come up: {answer} {string.Join(" ", run.Findings.All)}");
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>Loads the silo while its disk fails, then has it settle and checks everything.</summary>
    /// <param name="over">Ends the faults.</param>
    /// <param name="cancellation">Ends the test.</param>
    public async Task Round(CancellationToken over, CancellationToken cancellation)
    {
        maker.Namespace = string.Create(CultureInfo.InvariantCulture, $"round-{++rounds}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var loading = load.Run(stop.Token, giveUp.Token);
        await Task.WhenAll(Faults.Run(Check.Ready, over), fleetFaults.Run(over));
        await Check.Ready(cancellation);
        await stop.CancelAsync();
        giveUp.CancelAfter(GiveUpAfter);
        try
        {
            await loading;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Findings.Add($"Commands had no outcome within {GiveUpAfter.TotalSeconds:0} s after the silo was ready.");
        }
        await Check.Round(maker.Namespace, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await silo.DisposeAsync();
        disk?.Dispose();
        await faultLog.DisposeAsync();
    }
}
