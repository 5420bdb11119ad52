using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Tests.Fleets;
using Jobtree.Manifests;
using Microsoft.Extensions.Logging;

namespace Jobtree.Grains.Tests.Hosting;

/// <summary>A fleet whose store was damaged while it was down says so by itself.</summary>
public sealed class ContinuousCheckTests
{
    private static readonly ActorKey Flavor = new(ActorKind.Flavor, "H100");

    [Fact]
    public async Task Damage_is_counted_at_every_pass_and_logged_once()
    {
        var journals = new MemoryJournals();
        await using (var before = await ClusterFleet.Start(1, journals: journals))
            Assert.True((await before.Operations.Apply(
                [new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 16 }), Run("gone"), Run("narrow"),
                    Run("lost")], "begin")).Succeeded(out _, out _));
        // The flavor forgets one run, keeps another with half of the GPUs that it needs, and the third never was.
        journals.DropLast(Flavor);
        journals.ChangeLast(Flavor, entry => entry.Replace("\"gpus\":4", "\"gpus\":8", StringComparison.Ordinal));
        journals.Drop(new ActorKey(ActorKind.Run, "default/gone"));

        var (observer, log) = (new FindingsObserver(), new CriticalLines());
        await using var after = await ClusterFleet.Start(1, new GrainOptions { Observer = observer,
            CheckEvery = TimeSpan.FromMilliseconds(100) }, journals, log);
        Assert.True((await after.Operations.ListFlavors()).Succeeded(out _, out _));
        await Eventually.Holds(() => observer.Passes.Count(pass => pass.Lost > 0 && pass.Orphaned > 0) >= 3);

        var last = observer.Passes[^1];
        Assert.Equal((1, 1, 0), (last.Lost, last.Orphaned, last.Missing));
        Assert.Equal([(5, 1), (6, 1), (12, 1)],
            last.Counts.Where(count => count.Value > 0).Select(count => (count.Key, count.Value)).Order());
        string[] expected =
        [
            "Flavor H100 breaks invariant 5: default/narrow runs with 4 GPUs, fewer than its 8 ",
            "Flavor H100 breaks invariant 6: default/gone has ended or was never submitted, but holds leases of H100 ",
            "Flavor H100 breaks invariant 12: default/lost was acknowledged and has not ended, but H100 does not know ",
        ];
        Assert.All(expected, line => Assert.Single(
            log.Lines, said => said.StartsWith(line, StringComparison.Ordinal)));
        Assert.Equal(3, log.Lines.Count);
    }

    [Fact]
    public async Task A_ledger_that_the_store_cut_off_has_a_gap()
    {
        var observer = new FindingsObserver();
        await using var fleet = await ClusterFleet.Start(1, new GrainOptions { Observer = observer,
            CheckEvery = TimeSpan.FromMilliseconds(100) });
        Assert.True((await fleet.Operations.Apply(
            [new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 16 }), Run("a"), Run("b")], "begin"))
            .Succeeded(out _, out _));
        await Eventually.Holds(() => observer.Passes.Any(pass => pass.Leases == 2));
        Assert.All(observer.Passes, pass => Assert.Empty(pass.Violations));
        fleet.Journals.DropLast(Flavor);
        await Eventually.Holds(() => observer.Passes[^1].Missing == 1 && observer.Passes[^1].Counts[9] == 1);
    }

    [Fact]
    public async Task An_activation_that_another_one_has_followed_ends_when_it_checks_itself()
    {
        var (journals, observer) = (new MemoryJournals(), new FindingsObserver());
        await using var old = await ClusterFleet.Start(1, new GrainOptions { Observer = observer,
            CheckEvery = TimeSpan.FromMilliseconds(100), SweepEvery = TimeSpan.FromMilliseconds(100) }, journals);
        Assert.True((await old.Operations.Apply(
            [new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 16 }), Run("a")], "begin"))
            .Succeeded(out _, out _));
        await Eventually.Holds(() => observer.Passes.Any(pass => pass.Leases == 1));
        // As after a partition: both sides had the flavor, and the store has let one of them write.
        await using (var other = await ClusterFleet.Start(1, journals: journals))
            Assert.True((await other.Operations.Apply([Run("b")], "b")).Succeeded(out _, out _));

        // Nobody asks the flavor but the listing, for the ends of its runs.
        await Eventually.Holds(() => observer.Passes.Any(pass => pass.Leases == 2));
        Assert.All(observer.Passes, pass => Assert.Empty(pass.Violations));
    }

    private static RunManifest Run(string name) => new(
        new RunKey("default", name),
        new RunSpec { Owner = "lab", Resources = new Resources { GpuType = "H100", TotalGPUs = 4 } });

    private sealed class CriticalLines : ILoggerProvider, ILogger
    {
        private readonly Lock gate = new();
        private readonly List<string> lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (gate)
                    return [.. lines];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Critical;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            lock (gate)
                lines.Add(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
