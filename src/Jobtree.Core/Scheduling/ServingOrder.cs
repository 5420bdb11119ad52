using System.Globalization;
using Jobtree.Core.Json;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Who is served first of the runs that wait for a flavor. Each gets a rank from how long it has waited and how long
/// it is expected to run; the greater rank comes first, then the earlier submission, then the name.
/// </summary>
public interface IServingOrder
{
    /// <summary>The rank of a run.</summary>
    /// <param name="waited">How long it has waited since it was submitted.</param>
    /// <param name="expected">How long it is expected to run, more than zero.</param>
    double RankOf(TimeSpan waited, TimeSpan expected);

    /// <summary>Why a run with a greater rank than another is served before it, in words.</summary>
    /// <param name="first">How long the run that is served first waited, and how long it is expected to run.</param>
    /// <param name="then">The other, in the same way.</param>
    string WhyFirst((TimeSpan Waited, TimeSpan Expected) first, (TimeSpan Waited, TimeSpan Expected) then);
}

/// <summary>The orders that options may choose from.</summary>
public enum ServingOrder
{
    /// <summary>
    /// By response ratio: time waited over expected duration (Brinch Hansen 1971). Short runs need not wait behind long
    /// ones, and nobody waits for ever, because each ratio grows. A run that has waited for a day is overtaken no more.
    /// </summary>
    Fair,

    /// <summary>By submission.</summary>
    Fifo,

    /// <summary>By expected duration, the shortest first. Long runs may wait for as long as short ones come.</summary>
    Shortest,
}

/// <summary>The orders by name.</summary>
public static class ServingOrders
{
    private static readonly IServingOrder Fair = new ByResponseRatio(TimeSpan.FromDays(1));
    private static readonly IServingOrder Fifo = new BySubmission();
    private static readonly IServingOrder Shortest = new ByDuration();

    /// <summary>The names as options give them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["fair", "fifo", "shortest"];

    /// <summary>The order with a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static ServingOrder Named(string name) => Enum.Parse<ServingOrder>(name, ignoreCase: true);

    /// <summary>How an order ranks.</summary>
    /// <param name="order">The order.</param>
    public static IServingOrder Of(ServingOrder order) => order switch
    {
        ServingOrder.Fifo => Fifo,
        ServingOrder.Shortest => Shortest,
        _ => Fair,
    };

    private static string Age(TimeSpan age) => Duration.Format(TimeSpan.FromSeconds(Math.Round(age.TotalSeconds)));

    private sealed class ByResponseRatio(TimeSpan overtakenMax) : IServingOrder
    {
        public double RankOf(TimeSpan waited, TimeSpan expected) =>
            waited >= overtakenMax ? double.PositiveInfinity : waited / expected;

        public string WhyFirst(
            (TimeSpan Waited, TimeSpan Expected) first, (TimeSpan Waited, TimeSpan Expected) then) =>
            first.Waited >= overtakenMax
                ? $"it has waited {Age(first.Waited)}, and after {Age(overtakenMax)} nobody is overtaken"
                : $"it has waited {Times(first)}, this one {Times(then)}";

        private static string Times((TimeSpan Waited, TimeSpan Expected) run) => string.Create(
            CultureInfo.InvariantCulture, $"{run.Waited / run.Expected:0.##} times its expected {Age(run.Expected)}");
    }

    private sealed class BySubmission : IServingOrder
    {
        public double RankOf(TimeSpan waited, TimeSpan expected) => 0;

        public string WhyFirst(
            (TimeSpan Waited, TimeSpan Expected) first, (TimeSpan Waited, TimeSpan Expected) then) =>
            "it was submitted before";
    }

    private sealed class ByDuration : IServingOrder
    {
        public double RankOf(TimeSpan waited, TimeSpan expected) => 1 / expected.TotalSeconds;

        public string WhyFirst(
            (TimeSpan Waited, TimeSpan Expected) first, (TimeSpan Waited, TimeSpan Expected) then) =>
            $"it is expected to take {Age(first.Expected)}, this one {Age(then.Expected)}";
    }
}
