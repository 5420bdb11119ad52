namespace Jobtree.Core.Scheduling;

/// <summary>
/// Who is served first of the runs that wait for a flavor. Each gets a rank from how long it has waited and how long
/// it is expected to run; the greater rank comes first, then the earlier submission, then the name.
/// </summary>
public interface IServingOrder
{
    /// <summary>The name by which options choose it.</summary>
    string Name { get; }

    /// <summary>The rank of a run.</summary>
    /// <param name="waited">How long it has waited since it was submitted.</param>
    /// <param name="expected">How long it is expected to run, more than zero.</param>
    double RankOf(TimeSpan waited, TimeSpan expected);
}

/// <summary>The orders that options may choose from.</summary>
public static class ServingOrders
{
    /// <summary>
    /// By response ratio: time waited over expected duration (Brinch Hansen 1971). Short runs need not wait behind long
    /// ones, and nobody waits for ever, because each ratio grows. A run that has waited for a day is overtaken no more.
    /// </summary>
    public static IServingOrder Fair { get; } = new ByResponseRatio(TimeSpan.FromDays(1));

    /// <summary>By submission.</summary>
    public static IServingOrder Fifo { get; } = new BySubmission();

    /// <summary>By expected duration, the shortest first. Long runs may wait for as long as short ones come.</summary>
    public static IServingOrder Shortest { get; } = new ByDuration();

    /// <summary>The names of all orders.</summary>
    public static IReadOnlyList<string> Names { get; } = [Fair.Name, Fifo.Name, Shortest.Name];

    /// <summary>The order with a name. Null if there is none.</summary>
    /// <param name="name">The name.</param>
    public static IServingOrder? Find(string name) =>
        Array.Find([Fair, Fifo, Shortest], order => order.Name == name);

    private sealed class ByResponseRatio(TimeSpan overtakenMax) : IServingOrder
    {
        public string Name => "fair";

        public double RankOf(TimeSpan waited, TimeSpan expected) =>
            waited >= overtakenMax ? double.PositiveInfinity : waited / expected;
    }

    private sealed class BySubmission : IServingOrder
    {
        public string Name => "fifo";

        public double RankOf(TimeSpan waited, TimeSpan expected) => 0;
    }

    private sealed class ByDuration : IServingOrder
    {
        public string Name => "shortest";

        public double RankOf(TimeSpan waited, TimeSpan expected) => 1 / expected.TotalSeconds;
    }
}
