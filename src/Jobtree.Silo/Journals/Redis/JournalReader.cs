using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Grains.Journals;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>Reads snapshots and records, in pages, and checks that nothing is missing.</summary>
internal sealed class JournalReader(
    IDatabaseAsync database, RedisJournalOptions options, RedisKeys keys, TimeProvider time)
{
    /// <summary>How often a read is attempted: an active activation may trim the records during a read.</summary>
    private const int TriesMax = 3;

    private readonly SnapshotReader snapshots = new(database, options, keys, time);

    /// <summary>Reads an actor: its snapshot and the records after it.</summary>
    /// <exception cref="IOException">Redis does not answer, or the journal is damaged.</exception>
    public async Task<RecoveredState> Read(ActorKey actor, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await ReadOnce(actor, cancellation);
            }
            catch (InvalidDataException damage)
            {
                if (tries == TriesMax)
                    throw new IOException($"The journal of {actor} in Redis is damaged: {damage.Message}.", damage);
            }
            catch (Exception failure) when (Outage.Is(failure, cancellation))
            {
                throw new IOException($"The journal of {actor} cannot be read now. {Outage.Of(failure).Reason}");
            }
        }
    }

    /// <summary>Reads some of an actor's records as they are.</summary>
    /// <exception cref="IOException">Redis does not answer, or has something else than records there.</exception>
    public async Task<IReadOnlyList<(long Sequence, ReadOnlyMemory<byte> Record)>> ReadEnd(
        ActorKey actor, long from, int max, CancellationToken cancellation)
    {
        try
        {
            var entries = await database.StreamRangeAsync(
                keys.Journal(actor), from, "+", max, Order.Ascending, CommandFlags.DemandMaster).WaitAsync(
                options.BulkTimeout, time, cancellation);
            return [.. entries.Select(
                entry => (Number(entry.Id), (ReadOnlyMemory<byte>)entry[JournalField.Payload]))];
        }
        catch (InvalidDataException damage)
        {
            throw new IOException($"The journal of {actor} in Redis is damaged: {damage.Message}.", damage);
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            throw new IOException($"The journal of {actor} cannot be read now. {Outage.Of(failure).Reason}");
        }
    }

    /// <summary>Reads the state of a flavor as of its snapshot; null if it has none.</summary>
    /// <exception cref="IOException">Redis does not answer, or has something else there.</exception>
    public async Task<FlavorSnapshot?> ReadSnapshot(string flavor, CancellationToken cancellation)
    {
        try
        {
            return await snapshots.Read(new ActorKey(ActorKind.Flavor, flavor), cancellation) is { State: var state }
                ? JsonSerializer.Deserialize(state.Span, FlavorJson.Default.FlavorActorSnapshot)?.State : null;
        }
        catch (Exception damage) when (damage is InvalidDataException or JsonException)
        {
            throw new IOException($"The snapshot of {flavor} in Redis is damaged: {damage.Message}", damage);
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            throw new IOException($"The snapshot of {flavor} cannot be read now. {Outage.Of(failure).Reason}");
        }
    }

    /// <summary>
    /// Reads the runs of a shard. A page ends where a millisecond ends and the next one begins there, so that runs
    /// forgotten meanwhile move no other run past the reader, as they would if pages were counted.
    /// </summary>
    /// <exception cref="IOException">Redis does not answer.</exception>
    public async IAsyncEnumerable<RunKey> Runs(
        int shard, DateTimeOffset? since, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var from = since is { } then ? (double)then.ToUnixTimeMilliseconds() - 1000 : double.NegativeInfinity;
        var isLast = false;
        while (!isLast)
        {
            var page = await RunsBetween(shard, from, double.PositiveInfinity, options.PageRecords, cancellation);
            isLast = page.Length < options.PageRecords;
            var end = isLast ? double.PositiveInfinity : page[^1].Score;
            if (page is [var first, ..] && first.Score == end)
            {
                page = await RunsBetween(shard, end, end, -1, cancellation);
                end++;
            }
            foreach (var entry in page.TakeWhile(entry => entry.Score < end))
            {
                yield return RunKey.TryParse(entry.Element.ToString(), out var run) ? run : throw new IOException(
                    $"Shard {shard} of the runs in Redis lists '{entry.Element}', which is no run.");
            }
            from = end;
        }
    }

    /// <summary>Reads the first runs of a shard whose times lie in a range; -1: all of them.</summary>
    private Task<SortedSetEntry[]> RunsBetween(
        int shard, double from, double to, int max, CancellationToken cancellation) =>
        Ask(database.SortedSetRangeByScoreWithScoresAsync(
            keys.Runs(shard), from, to, take: max, flags: CommandFlags.DemandMaster), cancellation);

    /// <summary>The number of an entry, from its id.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static long Number(RedisValue id)
    {
        var text = id.ToString();
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && long.TryParse(
            text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidDataException($"'{text}' is no record's number");
    }

    private async Task<T> Ask<T>(Task<T> question, CancellationToken cancellation)
    {
        try
        {
            return await question.WaitAsync(options.BulkTimeout, time, cancellation);
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            throw new IOException($"The runs cannot be listed now. {Outage.Of(failure).Reason}");
        }
    }

    private async Task<RecoveredState> ReadOnce(ActorKey actor, CancellationToken cancellation)
    {
        // Most actors other than flavors have no snapshot, so their records are requested together with it. That saves
        // a round trip.
        var early = actor.Kind == ActorKind.Flavor ? null : Page(actor, 1);
        var (snapshot, state, told) = await snapshots.Read(actor, cancellation)
            ?? new StoredSnapshot(0, ReadOnlyMemory<byte>.Empty, 0);

        // Reads from the snapshot's last record on. That record is never trimmed: a journal that ends before its
        // snapshot has lost records.
        var records = new List<ReadOnlyMemory<byte>>();
        var next = Math.Max(1, snapshot);
        while (true)
        {
            var page = await (next == 1 && early is not null ? early : Page(actor, next)).WaitAsync(
                options.BulkTimeout, time, cancellation);
            if (page.Length == 0 && next == snapshot)
                throw new InvalidDataException($"its snapshot ends with record {snapshot}, which is missing");
            foreach (var entry in page)
            {
                if (Number(entry.Id) is var number && number != next)
                    throw new InvalidDataException($"record {number} follows where {next} is next");
                if (next > snapshot)
                    records.Add((ReadOnlyMemory<byte>)entry[JournalField.Payload]);
                if (entry[JournalField.DeliveredUpTo].TryParse(out long mark))
                    told = Math.Max(told, mark);
                next++;
            }
            if (page.Length < options.PageRecords)
                return next == 1 ? RecoveredState.Nothing : new RecoveredState(snapshot, state, records, told);
        }
    }

    private Task<StreamEntry[]> Page(ActorKey actor, long from) =>
        database.StreamRangeAsync(
            keys.Journal(actor), from, "+", options.PageRecords, Order.Ascending, CommandFlags.DemandMaster);
}
