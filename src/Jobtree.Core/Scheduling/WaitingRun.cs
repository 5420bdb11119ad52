using Jobtree.Core.Contention;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>A run in the queue of a flavor.</summary>
/// <param name="demand">What it asks for.</param>
/// <param name="since">When it began to wait.</param>
public sealed class WaitingRun(Demand demand, DateTimeOffset since)
{
    /// <summary>The number of early cuts from which on a run comes back only after a while.</summary>
    internal const int EarlyCutsFree = 2;

    private const int WaitsMax = 4;

    private Demand? ranked;

    /// <summary>What it asks for.</summary>
    public Demand Demand { get; } = demand;

    /// <summary>When it began to wait.</summary>
    public DateTimeOffset Since { get; } = since;

    /// <summary>Its reservation, while it has one.</summary>
    public Reservation? Reservation
    {
        get;
        internal set
        {
            field = value;
            ranked = null;
            HasSlice = value is { IntendedSlice.Count: > 0 };
        }
    }

    /// <summary>The forecast of its start, made when it began to wait, to compare its actual start with. Null if it was
    /// not drawn for one, on a large fleet.</summary>
    public RunEta? Forecast { get; internal set; }

    /// <summary>The wait behind <see cref="Forecast"/>, before it was stretched by past errors.</summary>
    public TimeSpan ForecastBaseline { get; internal set; }

    /// <summary>
    /// When it may run again where it may have to yield at once. A run that was cut twice or more before it had run for
    /// its protected time waits that long after the second cut, twice as long after the third, up to four times. Null
    /// if it need not wait.
    /// </summary>
    public DateTimeOffset? ComesBackAt { get; } = ComebackOf(demand, since);

    /// <summary>What <see cref="ComesBackAt"/> is for a run that begins to wait.</summary>
    /// <param name="demand">What it asks for.</param>
    /// <param name="since">When it begins to wait.</param>
    internal static DateTimeOffset? ComebackOf(Demand demand, DateTimeOffset since) =>
        demand.EarlyCuts < EarlyCutsFree ? null
        : since + (WorkAtRisk.ProtectedTime(demand) * Math.Min(demand.EarlyCuts - EarlyCutsFree + 1, WaitsMax));

    /// <summary>Whether <see cref="ComesBackAt"/> is still to come.</summary>
    /// <param name="now">The instant.</param>
    public bool IsHeldAt(DateTimeOffset now) => ComesBackAt > now;

    internal WaitingClass Class { get; set; } = null!;

    /// <summary>Whether its reservation has a slice.</summary>
    internal bool HasSlice { get; private set; }

    /// <summary>The slice of its reservation. Requires a reservation.</summary>
    internal IReadOnlyList<NodeSlots> Slice => Reservation!.IntendedSlice;

    /// <summary>Whether it holds no reservation and was never admitted.</summary>
    internal bool IsNew => Reservation is null && Demand.AdmittedAt is null;

    /// <summary>What its reservation will claim, by payer.</summary>
    internal Commitment[] Commitments { get; set; } = [];

    /// <summary>What distinguishes it from other runs of its class.</summary>
    internal WaitingKind Kind => IsNew ? WaitingKind.New
        : Reservation is not null && !HasSlice ? WaitingKind.Unplanned
        : WaitingKind.Singular;

    /// <summary>
    /// Its place in the funding order. Null means the end. A reserved run ranks from the time its reservation was made.
    /// </summary>
    internal DateTimeOffset? PlaceInFunding => Demand.AdmittedAt ?? Reservation?.Made;

    /// <summary>What it asks for, with its place in the funding order.</summary>
    public Demand RankedDemand =>
        ranked ??= PlaceInFunding == Demand.AdmittedAt ? Demand : Demand with { AdmittedAt = PlaceInFunding };
}

/// <summary>What distinguishes runs of one class when backfill is tried.</summary>
internal enum WaitingKind
{
    /// <summary>Neither reserved nor ever admitted. All such runs of a class are alike.</summary>
    New,

    /// <summary>Reserved without a slice. All such runs of a class are alike.</summary>
    Unplanned,

    /// <summary>With its own slice or its own place in the funding order, so unlike any other.</summary>
    Singular,
}

/// <summary>The order of reservations: submission time, then promised start, then name.</summary>
internal static class PromiseOrder
{
    public static int Compare(WaitingRun left, WaitingRun right)
    {
        var order = left.Demand.SubmittedTicks.CompareTo(right.Demand.SubmittedTicks);
        if (order == 0)
            order = left.Reservation!.EarliestStart.CompareTo(right.Reservation!.EarliestStart);
        return order != 0 ? order : left.Demand.Run.CompareTo(right.Demand.Run);
    }
}

/// <summary>The order of submission: time, then name.</summary>
internal sealed class WaitingOrder : IComparer<WaitingRun>
{
    public static WaitingOrder Instance { get; } = new();

    public int Compare(WaitingRun? left, WaitingRun? right) => Compare(left!.Demand, right!.Demand);

    public static int Compare(Demand left, Demand right)
    {
        var order = left.SubmittedTicks.CompareTo(right.SubmittedTicks);
        return order != 0 ? order : left.Run.CompareTo(right.Run);
    }
}
