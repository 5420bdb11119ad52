using System.Runtime.InteropServices;
using Jobtree.Actors.Ports;

namespace Jobtree.Actors.Runs.Loads;

/// <summary>Counts what the open runs of a listing take, who submitted them, and whose they are.</summary>
internal sealed class LoadCount
{
    /// <summary>How many parts are told of each kind; those with less than this part of all are of no concern.
    /// </summary>
    private const int ToldMax = 64;

    private readonly Dictionary<string, (long Runs, long Bytes)> submitters = [];
    private readonly Dictionary<string, (long Runs, long Bytes)> owners = [];
    private long runs;
    private long bytes;

    /// <summary>Counts a record in, unless it has ended.</summary>
    /// <param name="run">The record.</param>
    public void Add(RunRecord run) => Count(run, 1);

    /// <summary>Counts a record out that was counted in.</summary>
    /// <param name="run">The record.</param>
    public void Remove(RunRecord run) => Count(run, -1);

    /// <summary>The present load.</summary>
    public OpenLoad Take() => new(runs, bytes, Largest(submitters), Largest(owners));

    private static LoadPart[] Largest(Dictionary<string, (long Runs, long Bytes)> parts) =>
    [
        .. parts.OrderByDescending(static part => part.Value.Bytes)
            .ThenBy(static part => part.Key, StringComparer.Ordinal).Take(ToldMax)
            .Select(static part => new LoadPart(part.Key, part.Value.Runs, part.Value.Bytes)),
    ];

    private void Count(RunRecord run, int sign)
    {
        if (run.IsOver)
            return;
        var weight = sign * RunWeight.Of(run);
        runs += sign;
        bytes += weight;
        if (run.SubmittedBy is { } by)
            Count(submitters, by, sign, weight);
        Count(owners, OpenLoad.FamilyOf(run.Owner), sign, weight);
    }

    private static void Count(
        Dictionary<string, (long Runs, long Bytes)> parts, string of, int sign, long weight)
    {
        ref var part = ref CollectionsMarshal.GetValueRefOrAddDefault(parts, of, out _);
        part = (part.Runs + sign, part.Bytes + weight);
        if (part.Runs == 0)
            parts.Remove(of);
    }
}
