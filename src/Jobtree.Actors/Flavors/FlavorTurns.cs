using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// What the commands of a flavor have in common: its ledger is brought up to the present before a decision, waiting
/// runs are served after it, and the answer waits until it is durable.
/// </summary>
/// <param name="flavor">The flavor's name.</param>
/// <param name="ledger">Its ledger.</param>
/// <param name="time">The clock.</param>
/// <param name="options">The scheduler's limits and times.</param>
internal sealed class FlavorTurns(string flavor, FlavorLedger ledger, TimeProvider time, SchedulerOptions options)
{
    private Scheduler? scheduler;
    private DecisionReports? reports;

    /// <summary>Is told what this flavor decides; absent: nobody is.</summary>
    public IFleetObserver? Observer { get; set; }

    /// <summary>The flavor's name.</summary>
    public string Flavor => flavor;

    /// <summary>Its ledger.</summary>
    public FlavorLedger Ledger => ledger;

    /// <summary>Its state.</summary>
    public FlavorState State => ledger.State;

    /// <summary>Proposes decisions.</summary>
    public Scheduler Scheduler => scheduler ??= new Scheduler(State, options);

    /// <summary>Tells the observer.</summary>
    public DecisionReports Reports => reports ??= new DecisionReports(flavor, Observer, time);

    /// <summary>The state was replaced.</summary>
    public void Forget() => scheduler = null;

    /// <summary>The time of a decision made now: never before the last one.</summary>
    public DateTimeOffset Now() => time.GetUtcNow() is var now && now > State.At ? now : State.At;

    /// <summary>
    /// Records each window that has opened or closed, and each wait that has ended, at its own instant, so that later
    /// decisions and metering use the right windows.
    /// </summary>
    public DateTimeOffset CatchUp()
    {
        var now = Now();
        while (State.NextBoundary(State.At) is { } boundary && boundary <= now)
        {
            var isWindow = State.Funding.NextBoundary(State.At) == boundary;
            ledger.Record(new LedgerEntry { At = boundary }, null);
            if (isWindow)
                AssignPayers(boundary);
        }
        return now;
    }

    /// <summary>Offers leases without a payer to envelopes, after budgets or windows changed.</summary>
    public void AssignPayers(DateTimeOffset at)
    {
        // Each entry gives at least one lease its payer, for good.
        while (State.NextAssignment(at) is { } entry)
            ledger.Record(entry, null);
    }

    /// <summary>Decides for waiting runs until no further decision is possible now.</summary>
    public void DrainQueue(DateTimeOffset now)
    {
        // Every step starts a run or settles a reservation. The bound guards against a defect that undoes its own steps
        // forever.
        var pass = Reports.Begin();
        var began = pass;
        for (var steps = 4 * State.Queue.Count + 64; steps > 0 && Scheduler.NextDecision(now) is { } entry; steps--)
        {
            var starting = entry.Open?.Run is { } run ? State.Queue.Find(run) : null;
            ledger.Record(entry, null);
            began = Reports.Drained(starting, entry, State, pass, began);
        }
    }

    /// <summary>Returns the answer once everything it may rest on is durable.</summary>
    public ValueTask<T> WhenDurable<T>(T answer)
    {
        var durable = ledger.Durable;
        return durable.IsCompletedSuccessfully ? ValueTask.FromResult(answer) : Wait(durable, answer);

        static async ValueTask<T> Wait(Task durable, T answer)
        {
            await durable;
            return answer;
        }
    }

    /// <summary>
    /// An answer that a run acts on although nothing was decided: it holds nothing here, or does not wait here. A
    /// superseded activation, such as one on a paused silo, could give it without knowing the latest entries. So the
    /// flavor first writes an entry with only a time; the journal accepts it only from the current activation.
    /// </summary>
    public ValueTask<T> FencedAnswer<T>(T answer)
    {
        ledger.Record(new LedgerEntry { At = CatchUp() }, null);
        return WhenDurable(answer);
    }
}
