namespace Jobtree.Core.Scheduling;

/// <summary>The order of a queue among demands of equal right: submission time, then name.</summary>
internal sealed class WaitingOrder : IComparer<WaitingRun>
{
    public static WaitingOrder Instance { get; } = new();

    public int Compare(WaitingRun? left, WaitingRun? right) => Compare(left!.Demand, right!.Demand);

    public static int Compare(Demand left, Demand right)
    {
        var order = left.SubmittedAt.CompareTo(right.SubmittedAt);
        return order != 0 ? order : left.Run.CompareTo(right.Run);
    }
}
