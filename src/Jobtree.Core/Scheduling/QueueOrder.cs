using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// The waiting runs of a flavor in the order in which the queue serves them at an instant: those with slices, as they
/// were promised, then those that may be funded, then the rest; the last two by rank. It leaves out what the fleet
/// could never hold, because that stands in nobody's way.
/// </summary>
public sealed class QueueOrder
{
    private readonly Dictionary<RunKey, int> places;

    /// <summary>The order at an instant.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="mayBeFunded">Whether a run may be funded now.</param>
    /// <param name="at">The instant.</param>
    internal QueueOrder(FlavorState state, Func<WaitingRun, bool> mayBeFunded, DateTimeOffset at)
    {
        (Sequence, At) = (state.Sequence, at);
        var ranking = state.RankingAt(at);
        var served = new List<ServedRun>(state.Queue.Count);
        foreach (var waiting in state.Queue.Runs)
        {
            if (!state.CanEverFit(waiting.Demand))
                continue;
            var turn = waiting.HasSlice ? ServingTurn.Sliced
                : mayBeFunded(waiting) ? ServingTurn.Fundable : ServingTurn.Unfundable;
            served.Add(new ServedRun(waiting, turn, ranking.Of(waiting.Demand)));
        }
        served.Sort(ServedRun.InOrder);
        Runs = served;
        places = new Dictionary<RunKey, int>(served.Count);
        for (var place = 0; place < served.Count; place++)
            places.Add(served[place].Waiting.Demand.Run, place);
    }

    /// <summary>The instant of the order.</summary>
    public DateTimeOffset At { get; }

    /// <summary>The runs, the one that is served first at the front.</summary>
    public IReadOnlyList<ServedRun> Runs { get; }

    /// <summary>The number of the ledger entry at which the queue was so.</summary>
    internal long Sequence { get; }

    /// <summary>Where a run stands. Null if it does not wait, or the fleet could never hold it.</summary>
    /// <param name="run">The run.</param>
    public QueuePlace? PlaceOf(RunKey run) =>
        places.TryGetValue(run, out var place) ? new QueuePlace(place + 1, Runs.Count) : null;
}

/// <summary>A waiting run in the order of service.</summary>
/// <param name="Waiting">The run.</param>
/// <param name="Turn">What comes before its rank.</param>
/// <param name="Rank">Its rank.</param>
public readonly record struct ServedRun(WaitingRun Waiting, ServingTurn Turn, double Rank)
{
    internal static readonly Comparison<ServedRun> InOrder = static (left, right) =>
    {
        if (left.Turn != right.Turn)
            return left.Turn.CompareTo(right.Turn);
        if (left.Turn == ServingTurn.Sliced)
            return PromiseOrder.Compare(left.Waiting, right.Waiting);
        var order = right.Rank.CompareTo(left.Rank);
        return order != 0 ? order : WaitingOrder.Compare(left.Waiting.Demand, right.Waiting.Demand);
    };
}

/// <summary>What comes before rank in the order of service.</summary>
public enum ServingTurn
{
    /// <summary>It is reserved for, with its slots.</summary>
    Sliced,

    /// <summary>It may be funded.</summary>
    Fundable,

    /// <summary>It cannot be funded now.</summary>
    Unfundable,
}
