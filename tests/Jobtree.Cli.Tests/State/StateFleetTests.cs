using Jobtree.Actors.Operations;
using Jobtree.Cli.Manifests;
using Jobtree.Cli.State;
using Jobtree.Cli.Tests.Support;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Tests.State;

/// <summary>The real scheduler on state files.</summary>
public sealed class StateFleetTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly CliBench bench = new() { Fleets = StateFleet.Create };

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Writing_and_reading_the_file_between_any_two_commands_changes_no_decision(int seed) =>
        await Live(seed);

    [Fact]
    public async Task Runs_without_a_status_are_submitted_in_the_order_of_the_file()
    {
        var file = bench.Write("cluster.yaml", ManifestText.WriteYaml([.. Fleet(), Run("late", 10), Run("early", 10)]));
        var listed = await bench.Run("--state", file, "list", "-n", "a");
        Assert.Equal((0, ""), (listed.ExitCode, listed.Error));
        Assert.Matches(@"a/early +Reserved[^\n]*\na/late +Running", listed.Out);
        Assert.Contains("a/early: reserved", (await bench.Run("--state", file, "-n", "a", "plan", "early")).Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_ended_stays_in_the_file()
    {
        var file = bench.Write("cluster.yaml", ManifestText.WriteYaml([.. Fleet(), Run("one", 4)]));
        foreach (var command in new[] { "complete a/one", "nodes cordon n0", "nodes uncordon n0" })
            Assert.Equal(0, (await bench.Run(["--state", file, .. command.Split(' ')])).ExitCode);
        Assert.True(ManifestText.ReadState(File.ReadAllBytes(file), file).Succeeded(out var documents, out _));
        var lease = Assert.Single(documents.OfType<LeaseManifest>());
        Assert.Equal(LeaseEndReason.Completed, lease.End?.Reason);
        Assert.Equal(RunPhase.Completed, Assert.Single(documents.OfType<RunManifest>()).Status?.Phase);
    }

    [Fact]
    public async Task What_keeps_a_run_back_stays_in_the_file()
    {
        var time = new FakeTimeProvider(Start);
        bench.Time = time;
        var follow = new Follow { After = ["one"], Grace = TimeSpan.FromMinutes(10) };
        var file = bench.Write("cluster.yaml", ManifestText.WriteYaml(
        [
            .. Fleet(), Run("one", 4), Run("two", 4) with { Spec = Run("two", 4).Spec with { Follow = follow } },
            Run("three", 1000),
        ]));
        await Does("hold a/three --reason wrong-data", "held, now Waiting");
        await Does("get a/three", "Held by +[^\n]+: wrong-data");
        await Does("get a/two", "Blocked +True +WaitingForUpstream");
        await Does("complete a/one --failed", "now Failed");
        await Does("get a/two", "Blocked +True +UpstreamMissing");
        await Does("get a/three", "Blocked +True +Held");
        await Does("release a/three", "released, now Pending");
        time.Advance(TimeSpan.FromMinutes(10));
        await Does("get a/two", "Phase: +Failed");

        async Task Does(string command, string says)
        {
            var done = await bench.Run(["--state", file, .. command.Split(' ')]);
            Assert.Equal("", done.Error);
            Assert.Matches(says, done.Out);
        }
    }

    [Theory]
    [InlineData("Node n0 again", "n0")]
    [InlineData("run Running without lease", "is Running and has no open lease")]
    [InlineData("lease without run", "there is a lease of run a/ghost and no such run")]
    [InlineData("lease on a missing node", "is on node n9, which there is not")]
    [InlineData("lease beyond the node", "the node has 8 GPUs")]
    [InlineData("two leases on a slot", "where another open lease is")]
    [InlineData("lease on a fenced node", "which is fenced")]
    [InlineData("reservation of nobody", "there is a reservation of run a/ghost and no such run")]
    [InlineData("run of an unknown flavor", "of which there is neither a node nor an envelope")]
    [InlineData("parents in a circle", "form a cycle")]
    public async Task Documents_that_contradict_each_other_are_refused_and_left_alone(string damage, string mention)
    {
        var running = new RunStatus { Phase = RunPhase.Running };
        Manifest[] damaged = damage switch
        {
            "Node n0 again" => [.. Fleet(), Node("n0")],
            "run Running without lease" => [.. Fleet(), Run("one", 4) with { Status = running }],
            "lease without run" => [.. Fleet(), Lease(1, "ghost", "n0#0")],
            "lease on a missing node" => [.. Fleet(), Run("one", 1) with { Status = running }, Lease(1, "one", "n9#0")],
            "lease beyond the node" => [.. Fleet(), Run("one", 1) with { Status = running }, Lease(1, "one", "n0#8")],
            "two leases on a slot" => [.. Fleet(), Run("one", 2) with { Status = running }, Lease(1, "one", "n0#0"),
                Lease(2, "one", "n0#0-1")],
            "lease on a fenced node" => [.. Fleet(), Node("n7", NodeState.Fenced),
                Run("one", 1) with { Status = running }, Lease(1, "one", "n7#0")],
            "reservation of nobody" => [.. Fleet(), new ReservationManifest(
                new Reservation { Run = new RunKey("a", "ghost"), Made = Start, EarliestStart = Start })],
            "run of an unknown flavor" =>
                [.. Fleet(), Run("one", 4) with { Spec = new RunSpec { Owner = "org:a",
                Resources = new Resources { GpuType = "B200", TotalGPUs = 1 } } }],
            _ => [.. Fleet(), Budget("x", "org:x", 1, "org:y"), Budget("y", "org:y", 1, "org:x")],
        };
        var file = bench.Write("cluster.yaml", ManifestText.WriteYaml(damaged));
        var before = File.ReadAllBytes(file);
        var result = await bench.Run("--state", file, "nodes", "cordon", "n0");
        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.Contains(mention, result.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    /// <summary>
    /// Plays the same random commands on one fleet that lives on and on one that goes through a file between any two of
    /// them.
    /// </summary>
    private static async Task Live(int seed)
    {
        var random = new Random(seed);
        var time = new FakeTimeProvider(Start);
        var whole = await Make(Fleet(), time);
        var file = ManifestText.WriteYaml(await Exported(whole));
        for (var step = 0; step < 25; step++)
        {
            time.Advance(TimeSpan.FromMinutes(random.Next(0, 12)));
            var command = Command(random, step);
            Assert.True(ManifestText.ReadState(System.Text.Encoding.UTF8.GetBytes(file), "file")
                .Succeeded(out var documents, out var problem), problem?.ToString());
            var parted = await Make(documents, time);
            // An export does what is due; the other fleet did it when it was made.
            Assert.Equal(Told(await Exported(whole)), Told(await Exported(parted)));
            Assert.Equal(await command(whole.Operations), await command(parted.Operations));
            Assert.Equal(Told(await Exported(whole)), Told(await Exported(parted)));
            Assert.Empty((await parted.Operations.Audit()).Value!.Violations);
            file = ManifestText.WriteYaml(await Exported(parted));
        }
    }

    private static async Task<IReadOnlyList<Manifest>> Exported(IStateFleet fleet) =>
        await fleet.Export(default).ToListAsync();

    private static Func<IOperations, Task<string>> Command(Random random, int step)
    {
        var run = new RunKey("a", $"r{random.Next(0, step + 1)}");
        var (gpus, owner, borrows) = (random.Next(1, 17), random.Next(0, 3), random.Next(0, 2) == 0);
        var (kind, hours) = (random.Next(0, 10), random.Next(1, 9));
        return async operations => kind switch
        {
            < 5 => Outcome(
                await operations.Apply([Run($"r{step}", gpus, "abc"[owner], hours, borrows)], $"submit-{step}")),
            5 or 6 => Outcome(await operations.CompleteRun(
                run, kind == 5, null, $"complete-{step}", borrows ? null : 1 + (hours % 2))),
            7 => Outcome(await operations.CancelRun(run, $"cancel-{step}")),
            _ => Outcome(await operations.SetNodeState($"n{owner}", borrows ? NodeState.Cordoned : NodeState.Ready,
                "ops", null, $"node-{step}")),
        };
    }

    private static string Outcome<T>(Result<T> result) =>
        result.Succeeded(out _, out var problem) ? "done" : problem.ToString();

    // What decides: who holds what, paid how, who waits for what, and where the ledger stands.
    private static string Told(IReadOnlyList<Manifest> documents) =>
        string.Join('\n', documents.Select(document => document switch
    {
        RunManifest run =>
            $"{run.Key} {Phase(run)} {run.Status!.Attempt} {run.Status.SubmittedAt:O} {run.Status.StartedAt:O} " +
            $"{run.Status.FinishedAt:O} {run.Status.Conditions[0].Since:O} " +
            $"{run.Status.Schedule switch { { } known => known with { GpuSeconds = null }, null => null }}",
        LeaseManifest lease =>
            $"{lease.Lease.Id} {lease.Lease.Run} {string.Join(' ', lease.Lease.Slots)} {lease.Lease.Payer} " +
            $"{lease.Lease.Start:O} {lease.Class} {lease.End}",
        ReservationManifest reservation =>
            $"{reservation.Reservation.Run} {reservation.Reservation.Made:O} " +
            $"{reservation.Reservation.EarliestStart:O} {string.Join(' ', reservation.Reservation.IntendedSlice)}",
        FlavorManifest { Past: var past } => $"{past.Sequence} {past.Head} {past.NextLease} {past.Decisions}",
        NodeManifest node => $"{node.Node.Name} {node.Node.State}",
        BudgetManifest budget => $"{budget.Budget.Name} {budget.Budget.Envelopes[0].Concurrency}",
        _ => throw new ArgumentOutOfRangeException(nameof(documents)),
    }));

    // A reservation that lapses is not told to its run, which calls itself reserved until it starts; the reservations
    // below say what holds.
    private static RunPhase Phase(RunManifest run) =>
        run.Status!.Phase == RunPhase.Reserved ? RunPhase.Pending : run.Status.Phase;

    private static async Task<IStateFleet> Make(IReadOnlyList<Manifest> documents, TimeProvider time)
    {
        Assert.True((await StateFleet.Create(documents, time, default)).Succeeded(out var fleet, out var problem),
            string.Join('\n', problem?.Errors ?? []));
        return fleet;
    }

    private static Manifest[] Fleet() =>
    [
        Node("n0"), Node("n1"), Budget("a", "org:a", 8, "org"), Budget("b", "org:b", 6, "org"),
        new BudgetManifest(Budget("c", "org:c", 8, "org").Budget with { Namespace = "c", IsNamespaced = true }),
    ];

    private static NodeManifest Node(string name, NodeState state = NodeState.Ready) => new(new Node
    {
        Name = name, Flavor = "H100", Gpus = 8, State = state,
            Labels = new Dictionary<string, string> { [NodeLabels.FabricDomain] = "d1" },
    });

    private static BudgetManifest Budget(string name, string owner, int concurrency, string? parent = null) =>
        new(new Budget
    {
        Name = name,
        Owner = owner,
        Parents = parent is null ? [] : [parent],
        Envelopes =
        [
            new Envelope
            {
                Name = "main", Flavor = "H100", Concurrency = concurrency, Start = Start.AddDays(-30),
                    End = Start.AddDays(30),
                Lending = new Lending { Allow = true, To = ["org:*"], MaxConcurrency = 4 },
            },
        ],
    });

    private static RunManifest Run(string name, int gpus, char owner = 'a', int hours = 2, bool borrows = false) => new(
        new RunKey("a", name),
        new RunSpec
        {
            Owner = $"org:{owner}",
            Resources = new Resources { GpuType = "H100", TotalGPUs = gpus },
            Funding = borrows ? new RunFunding { AllowBorrow = true, Sponsors = ["org:c"] } : null,
            Runtime = new RuntimeHints { ExpectedDuration = TimeSpan.FromHours(hours) },
        });

    private static LeaseManifest Lease(long id, string run, string slots) => new(new Lease
    {
        Id = id, Run = new RunKey("a", run), Slots = [NodeSlots.Parse(slots)], Start = Start.AddHours(-1),
    });
}
