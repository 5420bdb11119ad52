using System.Buffers;
using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using Microsoft.Data.Sqlite;

namespace Jobtree.Silo.Histories;

/// <summary>
/// The history of a silo on one machine: a SQLite database in its data folder. One connection writes, all that waits in
/// one transaction; one answers whether a run is here; further ones read pages beside it.
/// </summary>
internal sealed class SqliteHistory : SqlHistory
{
    /// <summary>The version of the table, which the file carries.</summary>
    private const int SchemaVersion = 1;

    /// <summary>
    /// How many pages of the write-ahead log are gathered before they go to the table: 32 MiB. A page of the index by
    /// name is then written once for many runs.
    /// </summary>
    private const int CheckpointPages = 8_192;

    /// <summary>The most batches in a transaction: each shard of the listing has one under way.</summary>
    private const int BatchesMax = 4 * RunShard.Count;

    private const int WaitingMax = 1_024;

    /// <summary>
    /// How long a transaction waits for what further shards of the listing write. They answer together then, and so
    /// come together the next time. A page of an index is written once for all of them.
    /// </summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(50);

    private const string Schema = """
        CREATE TABLE ended_run (
            id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, submitted INTEGER NOT NULL,
            finished INTEGER NOT NULL, version INTEGER NOT NULL, shard INTEGER NOT NULL, hidden INTEGER NOT NULL,
            owner TEXT NOT NULL, flavor TEXT NOT NULL, phase INTEGER NOT NULL, state BLOB NOT NULL);
        CREATE UNIQUE INDEX ended_run_by_name ON ended_run (namespace, name, submitted);
        CREATE INDEX ended_run_by_end ON ended_run (finished, shard);
        CREATE INDEX ended_run_by_namespace ON ended_run (namespace, finished);
        """;

    private const string Upsert = """
        INSERT INTO ended_run
            (namespace, name, submitted, finished, version, shard, hidden, owner, flavor, phase, state)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (namespace, name, submitted) DO UPDATE SET finished = excluded.finished,
            version = excluded.version, hidden = excluded.hidden, owner = excluded.owner, flavor = excluded.flavor,
            phase = excluded.phase, state = excluded.state
        WHERE excluded.version > version
        """;

    private const string LastOfName = """
        SELECT namespace, name, state FROM ended_run WHERE namespace = @namespace AND name = @name
        ORDER BY submitted DESC LIMIT 1
        """;

    private const string OneOfName = "SELECT 1 FROM ended_run WHERE namespace = @namespace AND name = @name LIMIT 1";

    private readonly string path;
    private readonly SqliteConnection writer;
    private readonly SqliteUpsert upsert;
    private readonly SqliteConnection asked;
    private readonly SqliteCommand oneOfName;
    private readonly Lock asking = new();
    private readonly EndedNames names;
    private readonly CancellationTokenSource closing = new();
    private readonly Task naming;
    private readonly Gathering<IReadOnlyList<RunRecord>, bool> writes;

    private SqliteHistory(string path)
    {
        this.path = path;
        writer = Open(path, SqliteOpenMode.ReadWriteCreate);
        Prepare();
        upsert = new SqliteUpsert(writer, Upsert);
        asked = Open(path, SqliteOpenMode.ReadOnly);
        oneOfName = Command(asked, OneOfName, "namespace", "name");
        writes = new(WriteAll, BatchesMax, WaitingMax, Linger);
        using var last = Command(asked, "SELECT max(id) FROM ended_run");
        var rows = last.ExecuteScalar() as long? ?? 0;
        names = new EndedNames(rows);
        naming = rows == 0 ? Task.CompletedTask : Task.Run(() => ReadNames(closing.Token));
        if (rows == 0)
            names.Complete();
    }

    /// <summary>Opens or creates the database.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="IOException">It cannot be used, or is of a later version.</exception>
    public static SqliteHistory Open(string path)
    {
        try
        {
            if (!File.Exists(path))
                OwnerOnly(path);
            return new SqliteHistory(path);
        }
        catch (SqliteException failure)
        {
            throw new IOException($"The history {path} cannot be used: {failure.Message}", failure);
        }
    }

    public override Task Write(IReadOnlyList<RunRecord> ended, CancellationToken cancellation) =>
        writes.Ask(ended, cancellation);

    public override ValueTask<bool> Contains(RunKey run, CancellationToken cancellation)
    {
        if (!names.MayHave(run))
            return ValueTask.FromResult(false);
        try
        {
            lock (asking)
            {
                oneOfName.Parameters[0].Value = run.Namespace;
                oneOfName.Parameters[1].Value = run.Name;
                return ValueTask.FromResult(oneOfName.ExecuteScalar() is not null);
            }
        }
        catch (DbException failure)
        {
            return ValueTask.FromException<bool>(Away(failure));
        }
    }

    public override async ValueTask<IReadOnlyList<RunRecord?>> Find(
        IReadOnlyList<RunKey> runs, CancellationToken cancellation) => await Reading(async connection =>
        {
            var found = new RunRecord?[runs.Count];
            for (var i = 0; i < found.Length; i++)
            {
                var rows = await Rows(connection, LastOfName,
                    [("namespace", runs[i].Namespace), ("name", runs[i].Name)], static _ => true, cancellation);
                found[i] = rows is [var row] ? row : null;
            }
            return found;
        }, cancellation);

    public override async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await naming;
        closing.Dispose();
        await writes.DisposeAsync();
        upsert.Dispose();
        await writer.DisposeAsync();
        using (var pooled = Open(path, SqliteOpenMode.ReadOnly))
            SqliteConnection.ClearPool(pooled);
        lock (asking)
        {
            oneOfName.Dispose();
            asked.Dispose();
        }
    }

    protected override async Task<T> Reading<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellation)
    {
        try
        {
            await using var connection = Open(path, SqliteOpenMode.ReadOnly);
            return await read(connection);
        }
        catch (DbException failure)
        {
            throw Away(failure);
        }
    }

    private static IOException Away(DbException failure) =>
        new("The history of ended runs cannot be read or written.", failure);

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path, Mode = mode, DefaultTimeout = 30,
        }.ToString());
        connection.Open();
        return connection;
    }

    private static void OwnerOnly(string path)
    {
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(path, create).Dispose();
    }

    private static SqliteCommand Command(SqliteConnection connection, string text, params string[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var name in parameters)
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    private void Prepare()
    {
        Run("PRAGMA journal_mode = WAL");
        // A run's journal is forgotten once its row is here, so a commit must outlast a power failure.
        Run("PRAGMA synchronous = FULL");
        Run(string.Create(CultureInfo.InvariantCulture, $"PRAGMA wal_autocheckpoint = {CheckpointPages}"));
        Run("PRAGMA cache_size = -16384");
        using var asks = Command(writer, "PRAGMA user_version");
        switch (asks.ExecuteScalar())
        {
            case 0L:
                using (var creation = writer.BeginTransaction())
                {
                    Run(Schema);
                    Run(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {SchemaVersion}"));
                    creation.Commit();
                }
                break;
            case (long)SchemaVersion:
                break;
            case var other:
                throw new IOException(
                    $"The history {path} is of version {other}; this program reads version {SchemaVersion}.");
        }
    }

    private void Run(string statement)
    {
        using var command = Command(writer, statement);
        command.ExecuteNonQuery();
    }

    /// <summary>Reads the names of earlier processes, beside everything else.</summary>
    private void ReadNames(CancellationToken cancellation)
    {
        try
        {
            using var connection = Open(path, SqliteOpenMode.ReadOnly);
            using var command = Command(connection, "SELECT namespace, name FROM ended_run");
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                if (cancellation.IsCancellationRequested)
                    return;
                names.Add(new RunKey(reader.GetString(0), reader.GetString(1)));
            }
            names.Complete();
        }
        catch (SqliteException)
        {
            // Every name is looked up then, which tells the caller what is wrong.
        }
    }

    private Task<IReadOnlyList<bool>> WriteAll(IReadOnlyList<IReadOnlyList<RunRecord>> batches)
    {
        try
        {
            // In the order of the index by name, which then has each page written to once.
            Commit(batches.SelectMany(static batch => batch)
                .OrderBy(static run => run.Key.Namespace, StringComparer.Ordinal)
                .ThenBy(static run => run.Key.Name, StringComparer.Ordinal));
            return Task.FromResult<IReadOnlyList<bool>>(new bool[batches.Count]);
        }
        catch (DbException failure)
        {
            throw Away(failure);
        }
    }

    private void Commit(IEnumerable<RunRecord> runs)
    {
        var state = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(state);
        using var transaction = writer.BeginTransaction();
        foreach (var run in runs)
        {
            // Before it is here, so that it is never looked for in vain.
            names.Add(run.Key);
            state.ResetWrittenCount();
            json.Reset();
            RunJournal.Save(run, json);
            upsert.Bind(1, run.Key.Namespace);
            upsert.Bind(2, run.Key.Name);
            upsert.Bind(3, run.SubmittedAt.UtcTicks);
            upsert.Bind(4, EndOf(run));
            upsert.Bind(5, run.Version);
            upsert.Bind(6, RunShard.Of(run.Key));
            upsert.Bind(7, run.IsHidden ? 1 : 0);
            upsert.Bind(8, run.Owner);
            upsert.Bind(9, run.Spec.Resources.GpuType);
            upsert.Bind(10, (int)run.Phase);
            upsert.Bind(11, state.WrittenSpan);
            upsert.Run();
        }
        transaction.Commit();
    }
}
