using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>What can be asked of the ledgers: all of it is read from their entries and changes nothing.</summary>
public interface ILedgerOperations
{
    /// <summary>A page of a flavor's ledger, entry by entry as it was written.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="after">Only entries with a greater number.</param>
    /// <param name="limit">The most entries, 1 to <see cref="ILedgers.PageMax"/>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The next entries; none if there are none yet. Fewer than asked for do not mean that it was the
    /// last page.</returns>
    Task<Result<LedgerPage>> ReadLedger(
        string flavor, long after = 0, int limit = ILedgers.PageMax, CancellationToken cancellation = default);

    /// <summary>What happened to a run since it was submitted, in order, and who asked for it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<RunEvents>> RunEvents(RunKey run, CancellationToken cancellation = default);

    /// <summary>The draws of a decision to cut work, repeated from their seed.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="sequence">The number of the ledger entry.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The report; not found if there is no such entry or if it drew nobody.</returns>
    Task<Result<DrawReport>> RepeatDraw(string flavor, long sequence, CancellationToken cancellation = default);

    /// <summary>GPU-hours by class over a past interval, summed from the ledgers.</summary>
    /// <param name="query">The interval and what to sum by.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default);
}

/// <summary>What happened to a run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Events">The events in order.</param>
/// <param name="Gaps">What cannot be told any more, a sentence each; empty if everything can.</param>
public sealed record RunEvents(RunKey Run, IReadOnlyList<RunHappening> Events, IReadOnlyList<string> Gaps);

/// <summary>Which use to sum.</summary>
public sealed record UsageQuery
{
    /// <summary>The first instant that counts.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The first instant that does not count any more; absent or in the future: now.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>What to sum by.</summary>
    public UsageBy By { get; init; }

    /// <summary>Only use by runs of this owner and its descendants; absent: all.</summary>
    public string? Owner { get; init; }

    /// <summary>Only this flavor; absent: all.</summary>
    public string? Flavor { get; init; }

    /// <summary>Only use by runs of these owners and their descendants: what a caller's token may see.</summary>
    public IReadOnlyList<string>? VisibleOwners { get; init; }
}

/// <summary>What use is summed by.</summary>
public enum UsageBy
{
    /// <summary>The envelope that was charged.</summary>
    Envelope,

    /// <summary>The run.</summary>
    Run,

    /// <summary>The owner of the runs.</summary>
    Owner,
}

/// <summary>Use over an interval.</summary>
/// <param name="From">The first instant that counted.</param>
/// <param name="To">The first instant that did not count any more.</param>
/// <param name="Items">One row for each flavor and envelope, run or owner, in order; an envelope whose budget was made
/// anew for another owner has a row for each.</param>
/// <param name="Total">The sum of the rows, in GPU-hours.</param>
/// <param name="Gaps">Which part of the interval is missing and why, a sentence each; empty if none is.</param>
public sealed record UsageReport(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<UsageRow> Items,
    ClassSplit Total, IReadOnlyList<string> Gaps);

/// <summary>A row of use.</summary>
/// <param name="Flavor">The flavor.</param>
/// <param name="Envelope">The envelope, if summed by envelope; absent: charged to none.</param>
/// <param name="Run">The run, if summed by run.</param>
/// <param name="Owner">The owner of the run or runs; if summed by envelope, the owner of its budget at that time,
/// absent where nothing was charged.</param>
/// <param name="GpuHours">GPU-hours by class.</param>
public sealed record UsageRow(
    string Flavor, EnvelopeKey? Envelope, RunKey? Run, string? Owner, ClassSplit GpuHours);
