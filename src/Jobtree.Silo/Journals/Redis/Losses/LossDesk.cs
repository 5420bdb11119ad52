using System.Security.Cryptography;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis.Losses;

/// <summary>Tells operators what Redis has lost, and accepts it in their name.</summary>
/// <param name="database">The database, on the connection that reads.</param>
/// <param name="options">The options of the journals.</param>
/// <param name="keys">The keys of the service.</param>
/// <param name="guard">What this silo knows.</param>
/// <param name="time">The clock.</param>
internal sealed class LossDesk(
    IDatabaseAsync database, RedisJournalOptions options, RedisKeys keys, StoreGuard guard, TimeProvider time)
{
    private const int TriesMax = 3;
    private const int WriterBytes = 9;
    private const int RecordBytesUsual = 512;

    private readonly LoadedScript accept = new(LossScripts.Accept);

    /// <summary>The flavors that this silo knows to have a ledger.</summary>
    public IReadOnlyList<string> Flavors => [.. guard.Memory.Take().Heads.Keys.Select(ActorKey.Parse)
        .Where(actor => actor.Kind == ActorKind.Flavor).Select(actor => actor.Name)];

    /// <summary>What is lost; null: nothing is known to be.</summary>
    /// <exception cref="IOException">Redis does not answer.</exception>
    public async Task<StoreLoss?> Look(CancellationToken cancellation)
    {
        try
        {
            return (await guard.Read(database, cancellation)).Loss ?? guard.Loss;
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            // What this silo knows is better than nothing, while its connection for reading is not back yet.
            return guard.Loss ?? throw new IOException(Outage.Of(failure).Reason);
        }
    }

    /// <summary>
    /// Accepts the loss: the ledger of each flavor that may have lost entries gets an entry that says so, and the fleet
    /// goes on from what Redis has.
    /// </summary>
    /// <param name="by">Who accepts it.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>What was lost and the flavors that have the entry; conflict if nothing is lost.</returns>
    /// <exception cref="IOException">Redis does not answer, or has something else than a ledger there.</exception>
    public async Task<Result<AcceptedLoss>> Accept(string by, CancellationToken cancellation)
    {
        try
        {
            for (var tries = 1; ; tries++)
            {
                var table = await guard.Read(database, cancellation);
                if (table.Loss is not { } loss)
                    return new Problem(ProblemCode.Conflict, "Redis has lost no records that any silo knows of.");
                if (await Try(table, loss, by, cancellation) is { } flavors)
                    return new AcceptedLoss(loss, flavors);
                if (tries == TriesMax)
                    throw new IOException("The loss changes while it is looked at; look again.");
            }
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            throw new IOException(
                $"{Outage.Of(failure).Reason} Whether the loss was accepted is not known; look again.");
        }
        catch (Exception damage) when (damage is InvalidDataException or System.Text.Json.JsonException)
        {
            throw new IOException($"A ledger in Redis is damaged: {damage.Message}", damage);
        }
    }

    /// <returns>The flavors whose ledger has the entry; null: something changed meanwhile.</returns>
    private async Task<IReadOnlyList<string>?> Try(
        StoreTable table, StoreLoss loss, string by, CancellationToken cancellation)
    {
        var actors = table.Heads.Keys.Concat(guard.Memory.Take().Heads.Keys).Concat(loss.Journals.Keys).Distinct()
            .Order(StringComparer.Ordinal).Select(ActorKey.Parse).ToList();
        var (streams, heads) = (new List<RedisKey> { keys.Store }, new List<RedisValue>());
        var (ledgers, flavors) = (new List<RedisValue>(), new List<string>());
        foreach (var actor in actors)
        {
            var last = await LastOf(actor, cancellation);
            var head = last is { } found ? new StoreHead(found.Sequence, HashChain.Link(found.Record.Span)) : default;
            if (actor.Kind == ActorKind.Flavor && (!loss.IsExact || loss.Journals.ContainsKey(actor.ToString())))
            {
                var entry = Entry(loss.Journals.GetValueOrDefault(actor.ToString()), last, head, by);
                ledgers.AddRange([head.Sequence, entry]);
                head = new StoreHead(head.Sequence + 1, HashChain.Link(entry));
                streams.Add(keys.Journal(actor));
                flavors.Add(actor.Name);
            }
            if (head.Sequence > 0)
                heads.AddRange([$"h:{actor}", StoreTable.HeadOf(head)]);
        }
        RedisValue[] values =
        [
            table.Lost!, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            time.GetUtcNow().ToUnixTimeSeconds(), RandomNumberGenerator.GetBytes(WriterBytes), .. ledgers, .. heads,
        ];
        var answer = await accept.Call(database, [.. streams], values, options, time, cancellation);
        return answer is [1] ? flavors : null;
    }

    private byte[] Entry(
        ShortJournal? lost, (long Sequence, ReadOnlyMemory<byte> Record)? last, StoreHead head, string by)
    {
        var before = last is { } found ? LedgerFormat.Read(found.Record.Span, null).At : DateTimeOffset.MinValue;
        var now = time.GetUtcNow();
        var entry = new LedgerEntry
        {
            Sequence = head.Sequence + 1,
            At = now > before ? now : before,
            Previous = last is null ? HashChain.Root : head.Link,
            Loss = new LedgerLoss
            {
                LastLost = lost?.To ?? 0,
                HeadLost = lost?.Link is { Length: > 0 } link ? link : null,
            },
            By = by,
        };
        var writer = new RecordWriter(stackalloc byte[RecordBytesUsual]);
        try
        {
            LedgerFormat.Write(ref writer, entry);
            return writer.Written.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    private async Task<(long Sequence, ReadOnlyMemory<byte> Record)?> LastOf(
        ActorKey actor, CancellationToken cancellation) =>
        await database.StreamRangeAsync(
            keys.Journal(actor), "-", "+", 1, Order.Descending, CommandFlags.DemandMaster).WaitAsync(
            options.BulkTimeout, time, cancellation) is [var entry]
            ? (JournalReader.Number(entry.Id), (ReadOnlyMemory<byte>)entry[JournalField.Payload]) : null;
}

/// <summary>A loss that was accepted.</summary>
/// <param name="Loss">What was lost.</param>
/// <param name="Flavors">The flavors whose ledger says so; they hand out no node until an operator has.</param>
internal sealed record AcceptedLoss(StoreLoss Loss, IReadOnlyList<string> Flavors);
