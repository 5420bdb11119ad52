using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Core.Scheduling;

namespace Jobtree.Journal;

/// <summary>
/// The ledgers in a log on disk, which has every entry from the first, unless its first segments were moved away. Where
/// a page ends, its scan is kept for a while, so that the next page, or a reader that follows the ledger, goes on from
/// there.
/// </summary>
/// <param name="folder">The folder of the log.</param>
public sealed class DiskLedgers(string folder) : ILedgers, IDisposable
{
    private const int ScansMax = 16;
    private const int PageBytesMax = 4 << 20;

    private readonly JournalFolder files = new(folder);
    private readonly Lock gate = new();
    private readonly List<(string Flavor, long After, ActorScan Scan)> scans = [];
    private readonly Dictionary<long, Dictionary<string, (long Sequence, DateTimeOffset At)>> snapshots = [];
    private readonly Dictionary<string, (long Segment, long First)> firsts = [];
    private bool isClosed;

    /// <inheritdoc/>
    public ValueTask<LedgerPage> Read(string flavor, long after, int max, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        return new ValueTask<LedgerPage>(Task.Run(() => Page(flavor, after, max, cancellation), cancellation));
    }

    /// <inheritdoc/>
    public ValueTask<FlavorSnapshot?> StateBefore(
        string flavor, DateTimeOffset instant, CancellationToken cancellation) =>
        new(Task.Run(() => Newest(flavor, state => state.At <= instant, cancellation) is { } number
            ? StateIn(number, flavor, cancellation) : null, cancellation));

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            isClosed = true;
            scans.ForEach(kept => kept.Scan.Dispose());
            scans.Clear();
        }
    }

    private LedgerPage Page(string flavor, long after, int max, CancellationToken cancellation)
    {
        if (files.Segments() is not [var begin, ..])
            return new LedgerPage([], 1);
        var first = First(flavor, begin, cancellation);
        var scan = Take(flavor, after) ?? new ActorScan(
            folder, Name(flavor), Newest(flavor, state => state.Sequence <= after, cancellation) ?? begin);
        var (records, bytes) = (new List<LedgerRecord>(), 0);
        try
        {
            while (records.Count < max && bytes < PageBytesMax
                && scan.TryRead(out var sequence, out var payload, cancellation))
            {
                if (sequence <= after)
                    continue;
                records.Add(new LedgerRecord(sequence, payload.ToArray()));
                bytes += payload.Length;
            }
        }
        catch
        {
            scan.Dispose();
            throw;
        }
        Park(flavor, records.Count > 0 ? records[^1].Sequence : after, scan);
        return new LedgerPage(records, first);
    }

    /// <summary>The number of the first entry of a flavor that is there, or will be if none is.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="begin">The first segment that is there.</param>
    /// <param name="cancellation">Stops the reading.</param>
    private long First(string flavor, long begin, CancellationToken cancellation)
    {
        if (begin == 1)
            return 1;
        lock (gate)
        {
            if (firsts.TryGetValue(flavor, out var known) && known.Segment == begin)
                return known.First;
        }
        var scan = Take(flavor, 0) ?? new ActorScan(folder, Name(flavor), begin);
        var (first, isThere) = (0L, false);
        try
        {
            isThere = scan.TryRead(out first, out _, cancellation);
        }
        finally
        {
            if (isThere)
                scan.Dispose();
            else
                Park(flavor, 0, scan);
        }
        if (!isThere)
            return Newest(flavor, _ => true, cancellation) is { } number
                ? StatesIn(number, cancellation)[Name(flavor)].Sequence + 1 : 1;
        lock (gate)
            firsts[flavor] = (begin, first);
        return first;
    }

    private ActorScan? Take(string flavor, long after)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            var at = scans.FindIndex(kept => kept.Flavor == flavor && kept.After == after);
            if (at < 0)
                return null;
            var (_, _, scan) = scans[at];
            scans.RemoveAt(at);
            return scan;
        }
    }

    private void Park(string flavor, long after, ActorScan scan)
    {
        lock (gate)
        {
            scans.Add((flavor, after, scan));
            if (scans.Count <= ScansMax && !isClosed)
                return;
            scans[0].Scan.Dispose();
            scans.RemoveAt(0);
        }
    }

    /// <summary>The newest snapshot whose state of a flavor fits; its number is that of the segment after it.</summary>
    private long? Newest(
        string flavor, Func<(long Sequence, DateTimeOffset At), bool> fits, CancellationToken cancellation)
    {
        foreach (var number in files.Snapshots().Reverse())
        {
            if (StatesIn(number, cancellation).TryGetValue(Name(flavor), out var state) && fits(state)
                && files.HasSegment(number))
                return number;
        }
        return null;
    }

    /// <summary>Where each flavor stood in a snapshot. A snapshot never changes, so it is read only once.</summary>
    private Dictionary<string, (long Sequence, DateTimeOffset At)> StatesIn(long number, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (snapshots.TryGetValue(number, out var known))
                return known;
        }
        var found = new Dictionary<string, (long, DateTimeOffset)>();
        Read(number, (name, sequence, state) => found[name] = (sequence, State(state).At), cancellation);
        lock (gate)
            snapshots[number] = found;
        return found;
    }

    private FlavorSnapshot? StateIn(long number, string flavor, CancellationToken cancellation)
    {
        FlavorSnapshot? found = null;
        Read(number, (name, _, state) => found = name == Name(flavor) ? State(state) : found, cancellation);
        return found;
    }

    private void Read(long number, Action<string, long, byte[]> flavorRead, CancellationToken cancellation)
    {
        try
        {
            SnapshotFile.Read(
                files, number, new FlavorStates(flavorRead), new ActorSequences(int.MaxValue), cancellation);
        }
        catch (Exception unusable) when (unusable is JournalDamagedException or FileNotFoundException or JsonException)
        {
            // The log alone is enough: without this snapshot a reading begins at an earlier one.
        }
    }

    private static FlavorSnapshot State(byte[] state) =>
        JsonSerializer.Deserialize(state, FlavorJson.Default.FlavorActorSnapshot)?.State
        ?? throw new JsonException("The snapshot is null.");

    private static string Name(string flavor) => new ActorKey(ActorKind.Flavor, flavor).ToString();

    private sealed class FlavorStates(Action<string, long, byte[]> read) : IJournalReader
    {
        public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
        {
            if (actor.Key.StartsWith("flavor/", StringComparison.Ordinal) && sequence > 0)
                read(actor.Key, sequence, state.ToArray());
        }

        public void Forget(JournalActor actor, long sequence)
        {
        }

        public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at)
        {
        }
    }
}
