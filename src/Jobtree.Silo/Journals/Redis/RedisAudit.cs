using System.Globalization;
using System.Text.Json;
using Jobtree.Actors.Auditing;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// Audits the journals in a Redis without silos: every ledger's hash chain, every state that follows from it, every
/// lottery, the snapshots, and whether runs and leases agree. A ledger whose first entries were trimmed is checked from
/// its snapshot; of the entries before that, the chain. It changes nothing.
/// </summary>
internal sealed class RedisAudit
{
    private const int KeysPerScan = 1_000;

    private readonly IConnectionMultiplexer connection;
    private readonly RedisJournalOptions options;
    private readonly JournalReader reader;
    private readonly SnapshotReader snapshots;
    private readonly string streams;
    private readonly JournalAudit audit = new();
    private readonly List<string> trimmed = [];

    private RedisAudit(IConnectionMultiplexer connection, RedisJournalOptions options)
    {
        (this.connection, this.options) = (connection, options);
        var (database, keys) = (connection.GetDatabase(), new RedisKeys(options.Service));
        reader = new JournalReader(database, options, keys, TimeProvider.System);
        snapshots = new SnapshotReader(database, options, keys, TimeProvider.System);
        streams = keys.Journal(new ActorKey(ActorKind.Flavor, "*")).ToString();
    }

    /// <summary>Audits a service.</summary>
    /// <param name="redis">The connection.</param>
    /// <param name="service">The service id.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="IOException">Redis does not answer, or has no journals of the service.</exception>
    public static async Task<AuditReport> Run(
        ConfigurationOptions redis, string service, CancellationToken cancellation)
    {
        var options = new RedisJournalOptions { Configuration = redis, Service = service };
        options.Validate();
        var configuration = redis.Clone();
        (configuration.AbortOnConnectFail, configuration.IncludeDetailInExceptions) = (true, false);
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(configuration);
            return await new RedisAudit(connection, options).Run(cancellation);
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            throw new IOException(Outage.Of(failure).Reason, failure);
        }
    }

    private async Task<AuditReport> Run(CancellationToken cancellation)
    {
        var flavors = await Flavors(cancellation);
        if (flavors.Count == 0)
            throw new IOException($"This Redis has no ledgers of the service '{options.Service}'; name the one of the "
                + "silos with --service-id.");
        foreach (var flavor in flavors)
            await ReadFlavor(flavor, cancellation);
        for (var shard = 0; shard < RunShard.Count; shard++)
        {
            await foreach (var run in reader.Runs(shard, null, cancellation))
                await ReadRun(run, cancellation);
        }
        return audit.Report() with { Begins = trimmed.Count > 0 ? string.Join(Environment.NewLine, trimmed) : null };
    }

    private async Task<IReadOnlyList<string>> Flavors(CancellationToken cancellation)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var prefix = streams[..^1];
        foreach (var server in connection.GetServers().Where(
            server => server is { IsConnected: true, IsReplica: false }))
        {
            // Braces are no pattern to Redis, and service ids have no letter that is one.
            await foreach (var key in server.KeysAsync(pattern: streams, pageSize: KeysPerScan)
                .WithCancellation(cancellation))
                found.Add(key.ToString()[prefix.Length..]);
        }
        return [.. found];
    }

    private async Task ReadFlavor(string flavor, CancellationToken cancellation)
    {
        var key = new ActorKey(ActorKind.Flavor, flavor);
        var snapshot = await Snapshot(key, cancellation);
        var (next, link) = (0L, "");
        for (var from = 1L; await reader.ReadEnd(key, from, options.PageRecords, cancellation) is { Count: > 0 } page;)
        {
            foreach (var (sequence, record) in page)
            {
                var where = string.Create(CultureInfo.InvariantCulture, $"{flavor}, entry {sequence}");
                if (next == 0 && sequence > 1)
                    Trimmed(flavor, sequence, snapshot);
                else if (next > 0 && sequence != next)
                    audit.Add(new AuditViolation(9, where, $"Entry {next} is missing."));
                if (next == 0 ? sequence == 1 : audit.Ledgers.ContainsKey(flavor))
                    audit.ReadFlavor(flavor, record.Span, where);
                else
                    Follow(sequence, record, link, next > 0, where);
                (next, link) = (sequence + 1, HashChain.Link(record.Span));
                if (snapshot is { } vouching && vouching.Sequence == sequence)
                    Vouch(flavor, vouching, link, where);
            }
            from = page[^1].Sequence + 1;
        }
        if (snapshot is { } later && later.Sequence >= next)
            audit.Add(new AuditViolation(9, flavor,
                $"Its snapshot ends with entry {later.Sequence}, which is missing: the ledger ends with {next - 1}."));
    }

    private async Task<StoredSnapshot?> Snapshot(ActorKey key, CancellationToken cancellation)
    {
        try
        {
            return await snapshots.Read(key, cancellation);
        }
        catch (InvalidDataException damage)
        {
            audit.Add(new AuditViolation(
                9, key.ToString(), $"The snapshot of {key} cannot be read: {damage.Message}."));
            return null;
        }
    }

    private void Trimmed(string flavor, long first, StoredSnapshot? snapshot)
    {
        if (snapshot is { } vouching && vouching.Sequence >= first)
            trimmed.Add($"The ledger of {flavor} begins with entry {first}; those before were trimmed. Its states are "
                + $"checked from its snapshot at entry {vouching.Sequence} on, before that only its chain.");
        else
            audit.Add(new AuditViolation(9, flavor,
                $"The ledger begins with entry {first}, and no snapshot vouches for those before."));
    }

    /// <summary>Checks the chain of an entry before the snapshot of a trimmed ledger.</summary>
    private void Follow(long sequence, ReadOnlyMemory<byte> record, string link, bool hasBefore, string where)
    {
        try
        {
            var entry = LedgerFormat.Read(record.Span, null);
            if (entry.Sequence != sequence || (hasBefore && entry.Previous != link))
                audit.Add(new AuditViolation(9, where, "The entry does not follow the one before it."));
        }
        catch (JsonException damage)
        {
            audit.Add(new AuditViolation(9, where, $"The entry cannot be read: {damage.Message}"));
        }
    }

    /// <summary>The snapshot must be the state that its entries led to; a trimmed ledger goes on from it.</summary>
    private void Vouch(string flavor, StoredSnapshot snapshot, string link, string where)
    {
        if (!audit.Ledgers.ContainsKey(flavor))
            audit.RestoreFlavor(flavor, snapshot.State.Span, $"{flavor}, snapshot");
        if (audit.Ledgers.TryGetValue(flavor, out var ledger) && !ledger.IsBroken
            && (ledger.State.Head != link || HeadOf(snapshot) is not { } head || head != link))
            audit.Add(new AuditViolation(9, where, "The snapshot at this entry has another head than the ledger."));
    }

    private static string? HeadOf(StoredSnapshot snapshot)
    {
        try
        {
            return JsonSerializer.Deserialize(
                snapshot.State.Span, FlavorJson.Default.FlavorActorSnapshot)?.State.Head;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task ReadRun(RunKey run, CancellationToken cancellation)
    {
        try
        {
            var kept = await reader.Read(new ActorKey(ActorKind.Run, run.ToString()), cancellation);
            if (kept.SnapshotSequence > 0)
                audit.RestoreRun(run, kept.Snapshot.Span, $"{run}, snapshot {kept.SnapshotSequence}");
            for (var index = 0; index < kept.Records.Count; index++)
                audit.ReadRun(run, kept.Records[index].Span, string.Create(
                    CultureInfo.InvariantCulture, $"{run}, record {kept.SnapshotSequence + index + 1}"));
        }
        catch (IOException damage) when (damage.InnerException is InvalidDataException)
        {
            audit.Add(new AuditViolation(9, run.ToString(), damage.Message));
        }
    }
}
