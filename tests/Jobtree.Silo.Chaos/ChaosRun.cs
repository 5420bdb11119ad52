using System.Diagnostics;
using System.Globalization;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Faults;
using Jobtree.Silo.Chaos.Load;
using Jobtree.Silo.Chaos.Measuring;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos;

/// <summary>A cluster under load, with faults and checks in turns.</summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(3);

    private readonly ChaosCluster cluster;
    private readonly ApiClients api;
    private readonly RunBook book = new();
    private readonly RunMaker maker;
    private readonly Meddler meddler;
    private readonly LoadGenerator load;
    private readonly ClusterCheck check;
    private readonly TextWriter faultLog;
    private int rounds;

    private ChaosRun(
        ChaosCluster cluster, int seed, double rate, bool isVaried, IReadOnlyCollection<FaultGroup> faults)
    {
        this.cluster = cluster;
        api = new ApiClients(cluster.Silos, cluster.Token);
        maker = new RunMaker(seed, isVaried);
        meddler = new Meddler(api, book, maker, Findings);
        load = new LoadGenerator(api, book, maker, meddler, Failovers, Findings, rate);
        check = new ClusterCheck(cluster, api, book, Findings);
        faultLog = TextWriter.Synchronized(
            new StreamWriter(Path.Combine(cluster.Folder, "faults.log")) { AutoFlush = true });
        Faults = new FaultInjector(
            cluster, [.. faults.SelectMany(group => group.Drawn)], api, Failovers, Findings, seed, faultLog);
        TailLoss = faults.Contains(FaultGroup.Tail)
            ? new TailLoss(cluster, api, book, check, Findings, seed, faultLog) : null;
        FleetFaults = new FleetFaults(api, Findings, seed, faultLog);
    }

    /// <summary>What was found to be broken.</summary>
    public Findings Findings { get; } = new();

    /// <summary>How long flavors were away.</summary>
    public FailoverMeter Failovers { get; } = new();

    /// <summary>Breaks things.</summary>
    public FaultInjector Faults { get; }

    /// <summary>Has Redis lose what it acknowledged last; null: that is not done.</summary>
    public TailLoss? TailLoss { get; }

    /// <summary>Takes nodes and budgets away meanwhile.</summary>
    public FleetFaults FleetFaults { get; }

    /// <summary>The silos and their Redis.</summary>
    public ChaosCluster Cluster => cluster;

    /// <summary>What was submitted.</summary>
    public RunBook Book => book;

    /// <summary>Who holds and shrinks runs.</summary>
    public Meddler Meddler => meddler;

    /// <summary>Requests without a definite outcome, by what came instead.</summary>
    public IReadOnlyDictionary<string, long> Unknowns => api.Unknowns;

    /// <summary>How many records the store refused because somebody else had written, as silos said.</summary>
    public int Refused => cluster.Silos.Sum(silo => File.ReadLines(silo.LogFile)
        .Count(line => line.Contains("was refused: Redis has", StringComparison.Ordinal)));

    /// <summary>The journals as they were last checked.</summary>
    public JournalCheck Journals => check.Journals;

    /// <summary>How many runs had not ended at the last check.</summary>
    public int OpenRuns => check.OpenRuns;

    /// <summary>Starts a cluster with a fleet.</summary>
    public static async Task<ChaosRun> Start(
        string folder, int silos, int seed, double rate, bool isVaried, CancellationToken cancellation,
        IReadOnlyCollection<FaultGroup>? faults = null)
    {
        faults ??= [FaultGroup.Processes];
        var run = new ChaosRun(await ChaosCluster.Start(folder, silos, faults), seed, rate, isVaried, faults);
        try
        {
            await run.check.Healthy(cancellation);
            var answer = await run.api.Command("/v1/manifests", ChaosFleet.Manifests(), "fleet", cancellation);
            if (!answer.IsSuccess || run.Findings.Count > 0)
                throw new InvalidOperationException(
                    $"The cluster did not come up: {answer} {string.Join(" ", run.Findings.All)}");
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>Loads the cluster while something is done to it, then has it settle and checks everything.</summary>
    /// <param name="faults">What is done; ends when it is mended.</param>
    /// <param name="cancellation">Ends the test.</param>
    public async Task Round(Func<CancellationToken, Task> faults, CancellationToken cancellation)
    {
        maker.Namespace = string.Create(CultureInfo.InvariantCulture, $"round-{++rounds}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var loading = load.Run(stop.Token, giveUp.Token);
        await faults(cancellation);
        await check.Healthy(cancellation);
        await stop.CancelAsync();
        giveUp.CancelAfter(GiveUpAfter);
        try
        {
            await loading;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Findings.Add(
                $"Commands had no outcome within {GiveUpAfter.TotalSeconds:0} s after the cluster was ready again.");
        }
        await check.Round(maker.Namespace, cancellation);
        Failovers.Settle(check.Journals);
    }

    /// <summary>Has the fleet serve all that waits, with nothing new, and checks everything once more.</summary>
    public async Task Empty(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var emptying = load.Empty(stop.Token, cancellation);
        await check.Emptied(cancellation);
        await stop.CancelAsync();
        await emptying;
        await check.Round(maker.Namespace, cancellation);
    }

    /// <summary>Waits until every silo says that it is ready.</summary>
    public Task Healthy(CancellationToken cancellation) => check.Healthy(cancellation);

    /// <summary>Reads everything again from the first record.</summary>
    public Task CheckAfresh() => check.Afresh();

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        Faults.Dispose();
        await cluster.DisposeAsync();
        await faultLog.DisposeAsync();
    }
}
