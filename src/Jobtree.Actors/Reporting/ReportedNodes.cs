using Jobtree.Actors.Operations;

namespace Jobtree.Actors.Reporting;

/// <summary>
/// The usage of nodes as agents report it. It is kept in memory only. A value that is not renewed is dropped, and the
/// number of nodes is bounded. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="nodesMax">The most nodes.</param>
public sealed class ReportedNodes(TimeProvider time, int nodesMax = ReportedNodes.NodesMaxDefault)
{
    /// <summary>The most nodes, unless the host says otherwise.</summary>
    public const int NodesMaxDefault = 2_000;

    /// <summary>How long a value is shown after its last report.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = [];

    /// <summary>Takes a report. Absent values leave unchanged what was reported before.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="usage">The values, checked by the caller.</param>
    /// <returns>All current values of the node; or that too many nodes report.</returns>
    public Result<NodeUsage> Put(string node, NodeUsage usage)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (!entries.TryGetValue(node, out var entry))
            {
                if (entries.Count >= nodesMax)
                    DropOld(now);
                if (entries.Count >= nodesMax)
                    return new Problem(ProblemCode.LimitReached,
                        $"{nodesMax} nodes report their usage already; no more is kept.");
                entry = new Entry(default, default, default);
            }
            entries[node] = entry = new Entry(
                Next(entry.Gpu, usage.Gpu, now), Next(entry.Cpu, usage.Cpu, now),
                Next(entry.Memory, usage.Memory, now));
            return Current(entry, now);
        }
    }

    /// <summary>Drops a node.</summary>
    /// <param name="node">The node's name.</param>
    public void Forget(string node)
    {
        lock (gate)
            entries.Remove(node);
    }

    /// <summary>Drops all nodes, because another host takes their reports now.</summary>
    public void Clear()
    {
        lock (gate)
            entries.Clear();
    }

    /// <summary>The current usage of every node that reports, in no order.</summary>
    public IReadOnlyList<(string Node, NodeUsage Usage)> All()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            DropOld(now);
            return [.. entries.Select(entry => (entry.Key, Current(entry.Value, now)))];
        }
    }

    private void DropOld(long now)
    {
        foreach (var node in entries.Where(entry => Current(entry.Value, now) == new NodeUsage())
            .Select(entry => entry.Key).ToList())
            entries.Remove(node);
    }

    private NodeUsage Current(Entry entry, long now) =>
        new(Current(entry.Gpu, now), Current(entry.Cpu, now), Current(entry.Memory, now));

    private double? Current(Reading reading, long now) =>
        reading.Value is { } value && time.GetElapsedTime(reading.At, now) < AgeMax ? value : null;

    private static Reading Next(Reading reading, double? value, long now) =>
        value is null ? reading : new Reading(value, now);

    private readonly record struct Reading(double? Value, long At);

    private readonly record struct Entry(Reading Gpu, Reading Cpu, Reading Memory);
}
