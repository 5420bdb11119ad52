using System.Globalization;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>Which ended runs to list: every submission of a run that passes the filters.</summary>
public sealed record HistoryQuery : RunFilter
{
    /// <summary>Only runs that ended at this instant or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only runs that ended before this instant.</summary>
    public DateTimeOffset? To { get; init; }

    /// <inheritdoc/>
    public override bool Matches(RunRecord run) =>
        run is { IsOver: true, IsHidden: false, FinishedAt: { } finished } && base.Matches(run)
        && (From is null || finished >= From) && (To is null || finished < To);
}

/// <summary>
/// A place in the order of a history: by the end, the last first; then by run, then by submission. Its text is the
/// token of a page.
/// </summary>
/// <param name="Finished">When the run ended.</param>
/// <param name="Run">The run.</param>
/// <param name="Submitted">When it was submitted.</param>
public sealed record HistoryPlace(DateTimeOffset Finished, RunKey Run, DateTimeOffset Submitted)
{
    /// <summary>The order of a history.</summary>
    public static IComparer<HistoryPlace> Order { get; } = Comparer<HistoryPlace>.Create(static (one, other) =>
    {
        var order = other.Finished.CompareTo(one.Finished);
        if (order == 0)
            order = one.Run.CompareTo(other.Run);
        return order != 0 ? order : one.Submitted.CompareTo(other.Submitted);
    });

    /// <summary>The place of an ended run.</summary>
    /// <param name="run">The run.</param>
    public static HistoryPlace Of(RunRecord run) => new(run.FinishedAt ?? default, run.Key, run.SubmittedAt);

    /// <summary>Reads a token.</summary>
    /// <param name="text">The token.</param>
    /// <returns>The place; null if it is no token.</returns>
    public static HistoryPlace? Parse(string text)
    {
        var parts = text.Split(',');
        return parts.Length == 3 && TryInstant(parts[0], out var finished) && RunKey.TryParse(parts[1], out var run)
            && TryInstant(parts[2], out var submitted) ? new HistoryPlace(finished, run, submitted) : null;
    }

    /// <summary>The token.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Finished.UtcTicks},{Run},{Submitted.UtcTicks}");

    private static bool TryInstant(string text, out DateTimeOffset instant)
    {
        var isTicks = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            && ticks <= DateTimeOffset.MaxValue.UtcTicks;
        instant = isTicks ? new DateTimeOffset(ticks, TimeSpan.Zero) : default;
        return isTicks;
    }
}
