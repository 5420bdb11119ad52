using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Grains.Journals;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis.Losses;

/// <summary>
/// Compares what Redis has with what this silo knows that it acknowledged: at the start, after every broken connection,
/// once a second, and when a flavor or the directory is activated. If Redis has less, a field there stops the appends
/// of all silos until the loss was accepted.
/// </summary>
internal sealed partial class StoreGuard : IDisposable
{
    /// <summary>After this time the mark of a silo that writes nothing is removed: it may be gone for good.</summary>
    private static readonly TimeSpan MarksKept = TimeSpan.FromDays(7);

    /// <summary>How often a silo that writes nothing renews its mark.</summary>
    private static readonly TimeSpan MarkRenewed = TimeSpan.FromHours(6);

    private readonly RedisJournalOptions options;
    private readonly RedisKeys keys;
    private readonly JournalCounters counters;
    private readonly MemoryFile? file;
    private readonly StoreMemory memory;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly AppendOnlyFile appendOnlyFile;
    private readonly LoadedScript renewal = new(LossScripts.Renew);
    private readonly Lock saving = new();
    private IReadOnlyList<KnownStore> remembered;
    private StoreLoss? loss;
    private string confirmed = "";
    private long saved = -1;
    private long renewedAt;
    private int generation;
    private bool isSaveFailing;

    public StoreGuard(RedisJournalOptions options, RedisKeys keys, JournalCounters counters, MemoryFile? file,
        ILogger logger, TimeProvider time)
    {
        (this.options, this.keys, this.counters, this.file, this.logger, this.time) =
            (options, keys, counters, file, logger, time);
        appendOnlyFile = new AppendOnlyFile(options, keys, logger, time);
        remembered = file?.Remembered ?? [];
        memory = new StoreMemory(file?.Own?.Silo ?? Convert.ToHexStringLower(
            System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)));
        options.Metrics?.Observe(Catalogue.RecordsLost, () => [Catalogue.RecordsLost.Measure(Loss is null ? 0 : 1)]);
    }

    /// <summary>What this silo knows.</summary>
    public StoreMemory Memory => memory;

    /// <summary>The loss that stops the fleet; null: none is known here.</summary>
    public StoreLoss? Loss => Volatile.Read(ref loss);

    /// <summary>
    /// The id that the store has, if it was compared since the connection last broke; otherwise nothing, which the
    /// script that appends takes for another id.
    /// </summary>
    public string ConfirmedId => Volatile.Read(ref confirmed);

    /// <summary>
    /// Changes when journals may have become shorter or other. What was read before is invalid: those activations end.
    /// </summary>
    public int Generation => Volatile.Read(ref generation);

    /// <summary>Has the store compared before anything more is appended.</summary>
    public void Doubt() => Volatile.Write(ref confirmed, "");

    /// <summary>Compares the store with what is known.</summary>
    /// <param name="database">The database, on the connection that appends.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>Why nothing may be appended; null: the store has everything, or its loss was accepted.</returns>
    public async Task<Outage?> Verify(IDatabaseAsync database, CancellationToken cancellation)
    {
        try
        {
            var (before, table) = (Loss, await Read(database, cancellation));
            // Before anything else is written: it would go into the file that may be torn.
            await appendOnlyFile.Renew(database, table, cancellation);
            if (table.Lost is null || before is null)
            {
                var found = await Find(database, table, cancellation);
                if (table.Lost is not null && table.Id is { } id && id == memory.Take().Id)
                    found = StoreLoss.Merge(StoreLoss.NothingOf(memory.Silo), found);
                if (found is not null)
                    table = await Report(database, found, cancellation);
            }
            if (table.Loss is { } lost)
                return Latch(lost);
            await Adopt(database, table, cancellation);
            return null;
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            return Outage.Of(failure);
        }
    }

    /// <summary>Learns what other silos have written, and finds losses that broke no connection.</summary>
    /// <param name="database">The database, on the connection that reads.</param>
    /// <param name="cancellation">Ends it early.</param>
    public async Task Pull(IDatabaseAsync database, CancellationToken cancellation)
    {
        if (ConfirmedId.Length == 0)
            return;
        try
        {
            // Taken before the table is read, which then has at least this much.
            var known = memory.Take();
            var table = await Read(database, cancellation);
            if (table.Lost is not null || table.Id != known.Id || StoreLoss.Between(known, table) is not null)
            {
                Doubt();
                return;
            }
            memory.Merge(table);
            await Renew(database, known, cancellation);
            Save(isLast: false);
        }
        catch (Exception failure) when (Outage.Is(failure, CancellationToken.None))
        {
            // The next append or probe finds out, and so does the next pull; or the host stops.
        }
    }

    /// <summary>An actor was read, of which at least one record was known.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="known">The number of the last record known before it was read.</param>
    /// <param name="found">What was read.</param>
    /// <exception cref="IOException">Records are missing.</exception>
    public void Check(ActorKey actor, long known, RecoveredState found)
    {
        // What is read is not learnt: silos of earlier versions write records that are not in the table. And while a
        // loss is known, the shorter journal is what there is to read.
        if (found.Last >= known || Loss is not null)
            return;
        Doubt();
        throw new IOException(
            $"The journal of {actor} in Redis ends with record {found.Last}, and had {known}; Redis is compared now.");
    }

    /// <summary>Keeps what is known for the next start.</summary>
    /// <param name="isLast">Whether nothing more will be acknowledged to this silo.</param>
    public void Save(bool isLast)
    {
        lock (saving)
        {
            var version = memory.Version;
            var known = memory.Take();
            if (file is null || known.Id is null || (version == saved && !isLast))
                return;
            try
            {
                file.Save(known with { IsExact = isLast });
                (saved, isSaveFailing) = (version, false);
            }
            catch (IOException refused)
            {
                if (!isSaveFailing)
                    NotSaved(refused.Message);
                isSaveFailing = true;
            }
        }
    }

    /// <summary>Reads the table.</summary>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task<StoreTable> Read(IDatabaseAsync database, CancellationToken cancellation) => StoreTable.Of(
        await database.HashGetAllAsync(keys.Store, CommandFlags.DemandMaster).WaitAsync(
            options.ReplyTimeout, time, cancellation));

    public void Dispose() => file?.Dispose();

    private async Task<StoreLoss?> Find(
        IDatabaseAsync database, StoreTable table, CancellationToken cancellation)
    {
        var present = memory.Take();
        var lost = remembered.Append(present).Aggregate((StoreLoss?)null, (found, known) =>
            StoreLoss.Merge(found, StoreLoss.Between(known, table)));
        // The table itself may be whole, and a journal not.
        var heads = table.Heads.Concat(present.Id == table.Id ? present.Heads : [])
            .GroupBy(head => head.Key).ToDictionary(same => same.Key, same => same.MaxBy(
                head => (head.Value.Sequence, head.Value.Link.Length)).Value);
        var ends = await Task.WhenAll(heads.Select(head => LastOf(database, head.Key, head.Value, cancellation)));
        var journals = new Dictionary<string, ShortJournal>();
        foreach (var ((actor, head), end) in heads.Zip(ends))
        {
            if (end.Sequence < head.Sequence || end.Differs(head))
                journals[actor] = ShortJournal.Of(end, head);
        }
        return StoreLoss.Merge(lost, journals.Count > 0 ? new StoreLoss(null, true, journals)
            { Ids = table.Id is { } id ? new HashSet<string> { id } : new HashSet<string>() } : null);
    }

    /// <summary>The record of a journal with the number of a head, or its last one if it ends before.</summary>
    private async Task<StoreHead> LastOf(
        IDatabaseAsync database, string actor, StoreHead head, CancellationToken cancellation)
    {
        var stream = keys.Journal(ActorKey.Parse(actor));
        var last = await database.StreamRangeAsync(stream, "-", "+", 1, Order.Descending, CommandFlags.DemandMaster)
            .WaitAsync(options.BulkTimeout, time, cancellation);
        if (last is not [var end])
            return default;
        var sequence = JournalReader.Number(end.Id);
        if (sequence <= head.Sequence || head.Link.Length == 0)
            return new StoreHead(sequence, LinkOf(end));
        return await database.StreamRangeAsync(stream, head.Sequence, head.Sequence, 1, Order.Ascending,
            CommandFlags.DemandMaster).WaitAsync(options.BulkTimeout, time, cancellation) is [var known]
            ? new StoreHead(head.Sequence, LinkOf(known)) : new StoreHead(sequence, "");
    }

    private static string LinkOf(StreamEntry entry) =>
        HashChain.Link(((ReadOnlyMemory<byte>)entry[JournalField.Payload]).Span);

    private async Task<StoreTable> Report(
        IDatabaseAsync database, StoreLoss found, CancellationToken cancellation)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await database.HashSetAsync(keys.Store, StoreTable.LostField, now, When.NotExists, CommandFlags.DemandMaster)
            .WaitAsync(options.ReplyTimeout, time, cancellation);
        await database.HashSetAsync(keys.Store, [.. found.Fields(memory.Silo)], CommandFlags.DemandMaster)
            .WaitAsync(options.ReplyTimeout, time, cancellation);
        return await Read(database, cancellation);
    }

    private Outage Latch(StoreLoss lost)
    {
        if (Interlocked.Exchange(ref loss, lost) is null)
        {
            Interlocked.Increment(ref generation);
            counters.Lost();
            RecordsLost(lost.Sentence);
            Save(isLast: false);
        }
        return new Outage(lost.Sentence, true) { Word = "records-lost" };
    }

    private async Task Adopt(IDatabaseAsync database, StoreTable table, CancellationToken cancellation)
    {
        var known = memory.Take();
        if (table.Id is null)
        {
            await database.HashSetAsync(keys.Store, StoreTable.IdField, Convert.ToHexStringLower(
                System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)), When.NotExists,
                CommandFlags.DemandMaster).WaitAsync(options.ReplyTimeout, time, cancellation);
            table = await Read(database, cancellation);
        }
        if (table.Id != known.Id)
        {
            var before = file?.Own?.Marks.GetValueOrDefault(memory.Silo).Number ?? 0;
            memory.Adopt(table, before);
            if (known.Id is not null)
                Interlocked.Increment(ref generation);
            await Prune(database, table, cancellation);
            // Before anything is appended: the file must not say any more that it has all that this silo wrote.
            Save(isLast: false);
        }
        else
        {
            memory.Merge(table);
        }
        remembered = [];
        if (Interlocked.Exchange(ref loss, null) is not null)
        {
            Interlocked.Increment(ref generation);
            Accepted();
        }
        Volatile.Write(ref confirmed, table.Id!);
    }

    /// <summary>Removes the marks of silos that are gone for long, so that restarts do not fill the table.</summary>
    private async Task Prune(IDatabaseAsync database, StoreTable table, CancellationToken cancellation)
    {
        var limit = (time.GetUtcNow() - MarksKept).ToUnixTimeSeconds();
        var gone = table.Marks.Where(mark => mark.Value.At < limit && mark.Key != memory.Silo).ToList();
        if (gone.Count == 0)
            return;
        // Told first: a mark that is missing without it would be a loss.
        await database.HashSetAsync(keys.Store, StoreTable.PrunedField,
            Math.Max(table.PrunedUpTo, gone.Max(mark => mark.Value.At)), When.Always, CommandFlags.DemandMaster)
            .WaitAsync(options.ReplyTimeout, time, cancellation);
        await database.HashDeleteAsync(keys.Store,
            [.. gone.Select(mark => (RedisValue)StoreTable.MarkField(mark.Key))], CommandFlags.DemandMaster)
            .WaitAsync(options.ReplyTimeout, time, cancellation);
    }

    private async Task Renew(IDatabaseAsync database, KnownStore known, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (!known.Marks.TryGetValue(memory.Silo, out var own)
            || Math.Max(own.At, renewedAt) > (now - MarkRenewed).ToUnixTimeSeconds())
            return;
        await renewal.Call(database, [keys.Store], [StoreTable.MarkField(memory.Silo),
            now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)], options, time, cancellation);
        renewedAt = now.ToUnixTimeSeconds();
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Sentence}")]
    private partial void RecordsLost(string sentence);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The loss of records was accepted, or Redis has them again. Every actor is read anew.")]
    private partial void Accepted();

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "What this silo knows of Redis cannot be kept for its next start: {Reason}")]
    private partial void NotSaved(string reason);
}
