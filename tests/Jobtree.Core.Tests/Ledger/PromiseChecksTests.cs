using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Ledger;

/// <summary>A moved promise is believed only with a cause that the state before bears out.</summary>
public sealed class PromiseChecksTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RunKey Gang = new("l", "gang");

    private readonly FlavorState state = new("H100");
    private readonly Scheduler scheduler;

    public PromiseChecksTests()
    {
        scheduler = new Scheduler(state, new SchedulerOptions());
        Apply(new LedgerEntry { At = Start, Nodes = [new Node { Name = "n1", Flavor = "H100", Gpus = 8,
            Labels = new Dictionary<string, string> { [NodeLabels.FabricDomain] = "d" } }],
            Budgets = [Budget("busy"), Budget("lab")] });
        Apply(scheduler.Admit(Demand("b", "one", "busy"), Start));
        Apply(scheduler.Admit(Demand("l", "gang", "lab"), Start));
    }

    private Reservation Promised => state.Queue.Find(Gang)!.Reservation!;

    [Fact]
    public void What_the_scheduler_moves_is_borne_out()
    {
        var entry = scheduler.NextDecision(Start.AddHours(1))!;
        Assert.Equal(new PromiseMove(Start.AddHours(1), Start.AddHours(1), MoveCause.Outlasted, "b/one"),
            entry.Reserve!.Moved);
        Assert.Null(PromiseChecks.Check(entry, state));
        Apply(entry);
        Assert.Equal(1, state.PromiseMoves.Of(MoveCause.Outlasted));
    }

    [Fact]
    public void A_move_without_a_cause_is_found() => Assert.Contains(
        "without a recorded cause", Check(Promised with { EarliestStart = Start.AddHours(2) }, Start.AddHours(1)));

    [Fact]
    public void A_move_that_counts_wrong_is_found() => Assert.Contains("without a recorded cause",
        Check(Moved(MoveCause.Outlasted, "b/one", Start.AddHours(1)) with { Moves = 2 }, Start.AddHours(1)));

    [Fact]
    public void An_earlier_start_that_counts_as_moved_is_found() => Assert.Contains(
        "counts as moved", Check(Promised with { Moves = 1 }, Start.AddMinutes(5)));

    [Theory]
    [InlineData(MoveCause.Outlasted, "b/one")] // It is not past its expected end half an hour after its start.
    [InlineData(MoveCause.Outlasted, "b/other")]
    [InlineData(MoveCause.Node, "n1")]
    [InlineData(MoveCause.Node, "n2")]
    [InlineData(MoveCause.Funding, "lab/pool")]
    [InlineData(MoveCause.Ahead, "b/other")]
    [InlineData(MoveCause.Demand, null)]
    [InlineData(MoveCause.Estimate, null)]
    [InlineData(MoveCause.Cuts, null)]
    [InlineData(MoveCause.Cuts, "b/one")]
    public void An_untrue_cause_is_found(MoveCause cause, string? by)
    {
        var at = Start.AddMinutes(30);
        Assert.Contains("not borne out", Check(Moved(cause, by, at), at));
    }

    [Fact]
    public void A_promise_from_before_promises_were_kept_may_move()
    {
        Apply(new LedgerEntry { At = Start, Reserve = Promised with { Basis = null } });
        Assert.Null(Check(Promised with { EarliestStart = Start.AddHours(2) }, Start.AddHours(1)));
    }

    private string? Check(Reservation reservation, DateTimeOffset at) =>
        PromiseChecks.Check(new LedgerEntry { At = at, Reserve = reservation }, state);

    private Reservation Moved(MoveCause cause, string? by, DateTimeOffset at) => Promised with
    {
        EarliestStart = Promised.EarliestStart.AddHours(1),
        Moved = new PromiseMove(Promised.EarliestStart, at, cause, by),
        Moves = 1,
    };

    private void Apply(LedgerEntry entry) => state.Apply(
        entry with { Sequence = state.Sequence + 1, Previous = state.Head }, $"link {state.Sequence + 1}", new());

    private static Demand Demand(string space, string name, string owner) => new() { Run = new RunKey(space, name),
        Owner = owner, Gpus = 8, SubmittedAt = Start, ExpectedDuration = TimeSpan.FromHours(1) };

    private static Budget Budget(string owner) => new() { Name = owner, Owner = owner, Envelopes = [new Envelope {
        Name = "pool", Flavor = "H100", Concurrency = 8, Start = Start.AddDays(-1), End = Start.AddDays(1) }] };
}
