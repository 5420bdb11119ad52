using System.Globalization;
using Jobtree.Actors.Runs;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>Which ended runs to list. Absent filters match everything.</summary>
public sealed record HistoryQuery
{
    /// <summary>Only this namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>Only this run name: one item for each of its submissions.</summary>
    public string? Name { get; init; }

    /// <summary>Only runs of this owner and its descendants.</summary>
    public string? Owner { get; init; }

    /// <summary>Only runs of these owners and their descendants: what a caller's token may see.</summary>
    public IReadOnlyList<string>? VisibleOwners { get; init; }

    /// <summary>Only this flavor.</summary>
    public string? Flavor { get; init; }

    /// <summary>Only runs that ended in this phase.</summary>
    public RunPhase? Phase { get; init; }

    /// <summary>Only runs that ended at this instant or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only runs that ended before this instant.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The maximum number of items, 1 to <see cref="RunQuery.LimitMax"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page starts: <see cref="Page{T}.Continue"/> of the previous page.</summary>
    public string? Continue { get; init; }

    /// <summary>Whether an ended run passes the filters; the page is not considered.</summary>
    /// <param name="run">The run.</param>
    public bool Matches(RunRecord run) =>
        run is { IsOver: true, IsHidden: false, FinishedAt: { } finished }
        && (Namespace is null || run.Key.Namespace == Namespace)
        && (Name is null || run.Key.Name == Name)
        && (Owner is null || OwnerPattern.IsAtOrBelow(run.Owner, Owner))
        && (VisibleOwners is null || VisibleOwners.Any(owner => OwnerPattern.IsAtOrBelow(run.Owner, owner)))
        && (Flavor is null || run.Spec.Resources.GpuType == Flavor)
        && (Phase is null || run.Phase == Phase)
        && (From is null || finished >= From)
        && (To is null || finished < To);
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
