using System.Data.Common;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Jobtree.Silo.Histories;

/// <summary>
/// The history of a cluster, in PostgreSQL. What is asked or written while a statement is under way goes out together
/// with the next one, so that each silo needs few connections however many runs are submitted.
/// </summary>
internal sealed class PostgresHistory : SqlHistory
{
    private const int RowsMax = 1_024;
    private const int RowsBytesMax = 8 << 20;
    private const int BatchesMax = 4;
    private const int QuestionsMax = 1_024;
    private const int WaitingMax = 100_000;

    /// <summary>A run's journal is forgotten once its row is here, so a commit must outlast a power failure.</summary>
    private const string Durable =
        "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

    private const string Upsert = """
        INSERT INTO ended_run AS kept
            (namespace, name, submitted, finished, version, shard, hidden, owner, flavor, phase, state)
        SELECT * FROM unnest(@namespaces, @names, @submitted, @finished, @versions, @shards, @hidden,
            @owners, @flavors, @phases, @states)
        ON CONFLICT (namespace, name, submitted) DO UPDATE SET finished = excluded.finished,
            version = excluded.version, hidden = excluded.hidden, owner = excluded.owner, flavor = excluded.flavor,
            phase = excluded.phase, state = excluded.state
        WHERE excluded.version > kept.version
        """;

    // A lateral query with a limit is looked up in the index for each run, whatever the planner believes of the table.
    private const string Contained = """
        SELECT asked.place FROM unnest(@namespaces, @names) WITH ORDINALITY AS asked (namespace, name, place)
        CROSS JOIN LATERAL (SELECT 1 FROM ended_run
            WHERE namespace = asked.namespace AND name = asked.name LIMIT 1) AS kept
        """;

    private const string LastOfEach = """
        SELECT asked.place, kept.state
        FROM unnest(@namespaces, @names) WITH ORDINALITY AS asked (namespace, name, place)
        CROSS JOIN LATERAL (SELECT state FROM ended_run
            WHERE namespace = asked.namespace AND name = asked.name ORDER BY submitted DESC LIMIT 1) AS kept
        """;

    private readonly PostgresServer server;
    private readonly TimeSpan absenceAgeMax;
    private readonly TimeProvider time;
    private readonly Gathering<IReadOnlyList<RunRecord>, bool> writes;
    private readonly Gathering<RunKey, (bool IsHere, long AskedAt)> contains;
    private readonly Gathering<RunKey, byte[]?> finds;

    private PostgresHistory(PostgresServer server, TimeSpan absenceAgeMax, TimeProvider time)
    {
        (this.server, this.absenceAgeMax, this.time) = (server, absenceAgeMax, time);
        writes = new(WriteAll, BatchesMax, WaitingMax);
        contains = new(AskContained, QuestionsMax, WaitingMax);
        finds = new(AskLast, QuestionsMax, WaitingMax);
    }

    /// <summary>Why nothing can be asked now; null: it can.</summary>
    public string? AwayBecause => server.AwayBecause;

    /// <summary>Opens the history of a cluster. PostgreSQL need not be up yet.</summary>
    /// <param name="options">The options.</param>
    /// <param name="logger">Told when PostgreSQL goes away and comes back.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">The tables are of another version, or of another cluster.</exception>
    public static async Task<PostgresHistory> Open(
        PostgresHistoryOptions options, ILogger<PostgresHistory> logger, TimeProvider time) =>
        new(await PostgresServer.Open(options, logger, time), options.AbsenceAgeMax, time);

    public override Task Write(IReadOnlyList<RunRecord> ended, CancellationToken cancellation) =>
        writes.Ask(ended, cancellation);

    public override async ValueTask<bool> Contains(RunKey run, CancellationToken cancellation)
    {
        if (!IsText(run))
            return false;
        var (isHere, askedAt) = await contains.Ask(run, cancellation);
        if (!isHere && time.GetElapsedTime(askedAt) > absenceAgeMax)
            throw new IOException("PostgreSQL answers too slowly: the run may have come to the history meanwhile.");
        return isHere;
    }

    public override async ValueTask<IReadOnlyList<RunRecord?>> Find(
        IReadOnlyList<RunKey> runs, CancellationToken cancellation)
    {
        var states = await Task.WhenAll(
            runs.Select(run => IsText(run) ? finds.Ask(run, cancellation) : Task.FromResult<byte[]?>(null)));
        return [.. runs.Select((run, i) => states[i] is { } state ? RunJournal.Restore(run, state) : null)];
    }

    public override async ValueTask DisposeAsync()
    {
        await writes.DisposeAsync();
        await contains.DisposeAsync();
        await finds.DisposeAsync();
        await server.DisposeAsync();
    }

    protected override Task<T> Reading<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellation) =>
        server.Read(read, cancellation);

    private static bool IsText(RunKey run) => HistorySql.IsText(run.Namespace) && HistorySql.IsText(run.Name);

    private async Task<IReadOnlyList<(bool IsHere, long AskedAt)>> AskContained(IReadOnlyList<RunKey> runs) =>
        await server.Ask(async connection =>
        {
            var answers = new (bool IsHere, long AskedAt)[runs.Count];
            Array.Fill(answers, (false, time.GetTimestamp()));
            await using var command = Command(connection, Contained, runs);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                answers[reader.GetInt64(0) - 1].IsHere = true;
            return answers;
        });

    private async Task<IReadOnlyList<byte[]?>> AskLast(IReadOnlyList<RunKey> runs) =>
        await server.Ask(async connection =>
        {
            var states = new byte[]?[runs.Count];
            await using var command = Command(connection, LastOfEach, runs);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                states[reader.GetInt64(0) - 1] = (byte[])reader.GetValue(1);
            return states;
        });

    private async Task<IReadOnlyList<bool>> WriteAll(IReadOnlyList<IReadOnlyList<RunRecord>> batches)
    {
        // A statement may not change a row twice. All silos write in one order, so that none deadlocks with another.
        var runs = batches.SelectMany(static batch => batch).GroupBy(static run => (run.Key, run.SubmittedAt))
            .Select(static same => same.MaxBy(static run => run.Version)!)
            .OrderBy(static run => run.Key).ThenBy(static run => run.SubmittedAt).ToArray();
        await server.Write(async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var durable = new NpgsqlCommand(Durable, connection))
                await durable.ExecuteNonQueryAsync();
            for (var done = 0; done < runs.Length;)
                done += await Insert(connection, runs.AsMemory(done));
            await transaction.CommitAsync();
        });
        return new bool[batches.Count];
    }

    /// <summary>Inserts the first of some runs in one statement, as many as it may have.</summary>
    private static async Task<int> Insert(NpgsqlConnection connection, ReadOnlyMemory<RunRecord> runs)
    {
        var (states, bytes) = (new List<byte[]>(), 0);
        foreach (var run in runs.Span)
        {
            var state = ((IRestingState)run).ToSnapshot().ToArray();
            if (states.Count == RowsMax || (states.Count > 0 && bytes + state.Length > RowsBytesMax))
                break;
            states.Add(state);
            bytes += state.Length;
        }
        var some = runs[..states.Count].ToArray();
        await using var command = new NpgsqlCommand(Upsert, connection);
        void Column<T>(string name, Func<RunRecord, T> value) =>
            command.Parameters.Add(new NpgsqlParameter<T[]>(name, Array.ConvertAll(some, run => value(run))));
        Column("namespaces", static run => run.Key.Namespace);
        Column("names", static run => run.Key.Name);
        Column("submitted", static run => run.SubmittedAt.UtcTicks);
        Column("finished", EndOf);
        Column("versions", static run => run.Version);
        Column("shards", static run => (short)RunShard.Of(run.Key));
        Column("hidden", static run => (short)(run.IsHidden ? 1 : 0));
        Column("owners", static run => run.Owner);
        Column("flavors", static run => run.Spec.Resources.GpuType);
        Column("phases", static run => (short)run.Phase);
        command.Parameters.Add(new NpgsqlParameter<byte[][]>("states", [.. states]));
        await command.ExecuteNonQueryAsync();
        return some.Length;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string text, IReadOnlyList<RunKey> runs) =>
        new(text, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string[]>("namespaces", [.. runs.Select(static run => run.Namespace)]),
                new NpgsqlParameter<string[]>("names", [.. runs.Select(static run => run.Name)]),
            },
        };
}
