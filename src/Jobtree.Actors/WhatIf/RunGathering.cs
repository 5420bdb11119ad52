using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;

namespace Jobtree.Actors.WhatIf;

/// <summary>Reads the records of runs that a copy of the fleet needs: runs asked about, runs that follow others, and
/// the runs that these follow.</summary>
/// <param name="fleet">The fleet.</param>
/// <param name="followersMax">The most followers that are read; further ones stay as they are in the copy.</param>
internal sealed class RunGathering(IFleet fleet, int followersMax)
{
    private const int ReadsAtOnce = 64;

    private readonly Dictionary<RunKey, RunRecord> found = [];
    private readonly HashSet<RunKey> read = [];

    public async ValueTask<IReadOnlyList<RunRecord>> Gather(IEnumerable<RunKey> asked)
    {
        await Read(asked);
        var query = new RunQuery { Phase = RunPhase.Waiting, Limit = RunQuery.LimitMax };
        do
        {
            var page = await fleet.Runs().List(query);
            foreach (var run in page.Items)
                found.TryAdd(run.Key, run);
            query = query with { Continue = page.Continue };
        }
        while (query.Continue is not null && found.Count < followersMax);
        await Read([.. found.Values.SelectMany(Upstream)]);
        return [.. found.Values.OrderBy(run => run.Key)];
    }

    private static IEnumerable<RunKey> Upstream(RunRecord run) =>
        run.Spec.Follow?.After.Select(name => new RunKey(run.Key.Namespace, name)) ?? [];

    private async ValueTask Read(IEnumerable<RunKey> runs)
    {
        foreach (var some in runs.Where(run => !found.ContainsKey(run) && read.Add(run)).ToArray().Chunk(ReadsAtOnce))
        {
            foreach (var record in await Task.WhenAll(some.Select(run => fleet.Run(run).Get().AsTask())))
            {
                if (record is not null)
                    found.TryAdd(record.Key, record);
            }
        }
    }
}
