using System.Text.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

/// <summary>
/// A flavor's state and scheduler at work: what is proposed is written as a ledger entry and applied.
/// </summary>
internal sealed class LedgerBench
{
    private readonly FlavorEffects effects = new();

    public LedgerBench(FlavorState? state = null, SchedulerOptions? options = null)
    {
        State = state ?? new FlavorState("H100");
        Scheduler = new Scheduler(State, options ?? new SchedulerOptions());
    }

    public static DateTimeOffset Epoch { get; } = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    public FlavorState State { get; }

    public Scheduler Scheduler { get; }

    public List<byte[]> Ledger { get; } = [];

    public DateTimeOffset Now { get; set; } = Epoch;

    public LedgerEntry Record(LedgerEntry proposal)
    {
        var entry = proposal with { Sequence = State.Sequence + 1, Previous = State.Head };
        Ledger.Add(JsonSerializer.SerializeToUtf8Bytes(entry, LedgerJson.Default.LedgerEntry));
        State.Apply(entry, HashChain.Link(Ledger[^1]), effects);
        effects.Runs.Clear();
        effects.Funding.Clear();
        return entry;
    }

    public void Nodes(int count, int gpus)
    {
        var labels = new Dictionary<string, string> { [NodeLabels.FabricDomain] = "d0" };
        Record(new LedgerEntry { At = Now, Nodes = [.. Enumerable.Range(0, count)
            .Select(i => new Node { Name = $"n{i}", Flavor = "H100", Gpus = gpus, Labels = labels })] });
    }

    public void Budget(string owner, int gpus)
    {
        var envelope = new Envelope { Name = "e", Flavor = "H100", Concurrency = gpus, Start = Epoch.AddDays(-1),
            End = Epoch.AddDays(99) };
        Record(new LedgerEntry { At = Now,
            Budgets = [new Budget { Name = owner, Owner = owner, Envelopes = [envelope] }] });
        while (State.NextAssignment(Now) is { } assignment)
            Record(assignment);
    }

    public LedgerEntry Admit(string run, string owner, int gpus, Func<Demand, Demand>? with = null)
    {
        var demand = new Demand { Run = new RunKey("ns", run), Owner = owner, Gpus = gpus, SubmittedAt = Now };
        return Record(Scheduler.Admit(with is null ? demand : with(demand), Now));
    }

    public void Complete(RunKey run) =>
        Record(new LedgerEntry { At = Now, Close = [new Closing(run, LeaseEndReason.Completed)] });

    public void Pass()
    {
        while (Scheduler.NextDecision(Now) is { } entry)
            Record(entry);
    }
}
