namespace Jobtree.Core.Scheduling;

/// <summary>The order of a queue among demands of equal right: submission time, then name.</summary>
internal sealed class WaitingOrder : IComparer<WaitingRun>
{
    public static WaitingOrder Instance { get; } = new();

    public int Compare(WaitingRun? left, WaitingRun? right)
    {
        var order = left!.Demand.SubmittedAt.CompareTo(right!.Demand.SubmittedAt);
        return order != 0 ? order : left.Demand.Run.CompareTo(right.Demand.Run);
    }
}
