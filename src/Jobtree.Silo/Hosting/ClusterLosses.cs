using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Api.Losses;
using Jobtree.Core.Ledger;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Journals.Redis.Losses;

namespace Jobtree.Silo.Hosting;

/// <summary>The losses of the Redis of a cluster, for its API.</summary>
/// <param name="journals">The journals.</param>
/// <param name="fleet">The actors.</param>
/// <param name="time">The clock.</param>
internal sealed class ClusterLosses(RedisJournals journals, IFleet fleet, TimeProvider time) : IStoreLosses
{
    private static readonly TimeSpan GoesOnWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    public async Task<StoreLossView?> Look(CancellationToken cancellation) =>
        await journals.Losses.Look(cancellation) is { } loss ? View(loss, null) : null;

    public async Task<Result<StoreLossView>> Accept(string by, CancellationToken cancellation)
    {
        if (!(await journals.Losses.Accept(by, cancellation)).Succeeded(out var accepted, out var problem))
            return problem;
        // So that whoever accepted it can go on here with the next command.
        for (var began = time.GetTimestamp(); journals.LossBecause is not null
            && time.GetElapsedTime(began) < GoesOnWithin;)
            await Task.Delay(LookEvery, time, cancellation);
        return View(accepted.Loss, accepted.Flavors);
    }

    public async Task<Result<IReadOnlyList<string>>> Settle(
        string? flavor, string by, CancellationToken cancellation)
    {
        if (journals.LossBecause is { } lost)
            return new Problem(ProblemCode.Unavailable, lost);
        // A flavor that lost everything is not in the directory until a node names it again.
        var flavors = flavor is not null ? [flavor]
            : (await fleet.Directory().Flavors()).Union(journals.Losses.Flavors).Order(StringComparer.Ordinal).ToList();
        var settled = new List<string>();
        foreach (var one in flavors)
        {
            var state = (await fleet.Flavor(one).Copy()).State;
            if (!await fleet.Flavor(one).SettleLoss(by))
                continue;
            settled.Add(one);
            if (state.NodesDoubtedSince is { } accepted)
                await LostRuns.End(fleet, one, state, accepted, by);
        }
        return flavor is not null && settled.Count == 0
            ? new Problem(ProblemCode.Conflict, $"No node of {flavor} is cordoned because of a loss.") : settled;
    }

    private static StoreLossView View(StoreLoss loss, IReadOnlyList<string>? flavors) => new(loss.IsExact,
        [.. loss.Journals.OrderBy(journal => journal.Key, StringComparer.Ordinal).Select(journal => new LostRecords(
            journal.Key, journal.Value.From + 1, journal.Value.To)
        {
            Head = journal.Value.Link.Length > 0 ? HashChain.ToHex(journal.Value.Link) : null,
        })])
    {
        Since = loss.Since,
        Flavors = flavors,
    };
}
