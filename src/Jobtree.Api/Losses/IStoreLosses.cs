using Jobtree.Actors.Operations;

namespace Jobtree.Api.Losses;

/// <summary>
/// What the store of a cluster has lost of what it had acknowledged. While a loss is known, the store takes nothing.
/// </summary>
public interface IStoreLosses
{
    /// <summary>What is lost now.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The loss; null: nothing is known to be lost.</returns>
    /// <exception cref="IOException">The store does not answer.</exception>
    Task<StoreLossView?> Look(CancellationToken cancellation);

    /// <summary>
    /// Accepts what is lost: the ledger of each flavor that may have lost entries says so from then on, its nodes are
    /// cordoned, and the fleet goes on.
    /// </summary>
    /// <param name="by">Who accepts it.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>What was lost, and the flavors whose ledger says so; conflict if nothing is lost.</returns>
    /// <exception cref="IOException">The store does not answer; look whether it was accepted.</exception>
    Task<Result<StoreLossView>> Accept(string by, CancellationToken cancellation);

    /// <summary>
    /// Says that nothing runs any more that lost entries started, so that the nodes cordoned for it are ready.
    /// </summary>
    /// <param name="flavor">Only the nodes of this flavor; absent: all.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The flavors that were in doubt.</returns>
    Task<Result<IReadOnlyList<string>>> Settle(string? flavor, string by, CancellationToken cancellation);
}

/// <summary>Records that a store had acknowledged and does not have any more.</summary>
/// <param name="IsExact">Whether each silo whose records are missing said itself what it had written. Otherwise all
/// flavors may have lost entries.</param>
/// <param name="Journals">The journals that are known to be shorter than they were.</param>
public sealed record StoreLossView(bool IsExact, IReadOnlyList<LostRecords> Journals)
{
    /// <summary>When it was found.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The flavors whose ledger has an entry about it; absent before it was accepted.</summary>
    public IReadOnlyList<string>? Flavors { get; init; }
}

/// <summary>The records that a journal lost.</summary>
/// <param name="Journal">The journal, such as <c>flavor/H100</c>.</param>
/// <param name="First">The number of the first lost record.</param>
/// <param name="Last">The number of the last one that is known; more may be lost.</param>
public sealed record LostRecords(string Journal, long First, long Last)
{
    /// <summary>The hash of that record in hexadecimal, for a flavor the head of its ledger; absent: not
    /// known.</summary>
    public string? Head { get; init; }
}
