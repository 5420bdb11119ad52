using System.Data.Common;
using System.Globalization;
using System.Threading.Channels;
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
    private const int CheckpointPages = 4_096;

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
        VALUES (@namespace, @name, @submitted, @finished, @version, @shard, @hidden, @owner, @flavor, @phase, @state)
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
    private readonly SqliteCommand upsert;
    private readonly SqliteConnection asked;
    private readonly SqliteCommand oneOfName;
    private readonly Lock asking = new();
    private readonly Channel<Writing> waiting = Channel.CreateUnbounded<Writing>(
        new UnboundedChannelOptions { SingleReader = true });
    private readonly Task writing;

    private SqliteHistory(string path)
    {
        this.path = path;
        writer = Open(path, SqliteOpenMode.ReadWriteCreate);
        Prepare();
        upsert = Command(writer, Upsert, "namespace", "name", "submitted", "finished", "version", "shard", "hidden",
            "owner", "flavor", "phase", "state");
        asked = Open(path, SqliteOpenMode.ReadOnly);
        oneOfName = Command(asked, OneOfName, "namespace", "name");
        writing = Task.Run(Write);
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

    public override Task Write(IReadOnlyList<RunRecord> ended, CancellationToken cancellation)
    {
        var one = new Writing(ended);
        return waiting.Writer.TryWrite(one) ? one.Done.Task.WaitAsync(cancellation)
            : Task.FromException(new IOException("The history is closed."));
    }

    public override ValueTask<bool> Contains(RunKey run, CancellationToken cancellation)
    {
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
                    [("namespace", runs[i].Namespace), ("name", runs[i].Name)], cancellation);
                found[i] = rows is [var row] ? row : null;
            }
            return found;
        }, cancellation);

    public override async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing;
        await upsert.DisposeAsync();
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
        Run("PRAGMA page_size = 8192");
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

    private async Task Write()
    {
        var together = new List<Writing>();
        while (await waiting.Reader.WaitToReadAsync())
        {
            while (waiting.Reader.TryRead(out var one))
                together.Add(one);
            try
            {
                Commit(together.SelectMany(one => one.Runs));
                together.ForEach(one => one.Done.SetResult());
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // Each learns of it, and writes again.
                var told = failure is DbException database ? Away(database) : failure;
                together.ForEach(one => one.Done.SetException(told));
            }
            together.Clear();
        }
    }

    private void Commit(IEnumerable<RunRecord> runs)
    {
        using var transaction = writer.BeginTransaction();
        upsert.Transaction = transaction;
        foreach (var run in runs)
        {
            object[] values =
            [
                run.Key.Namespace, run.Key.Name, run.SubmittedAt.UtcTicks, EndOf(run), run.Version,
                RunShard.Of(run.Key), run.IsHidden ? 1 : 0, run.Owner, run.Spec.Resources.GpuType,
                (int)run.Phase, StateOf(run),
            ];
            for (var i = 0; i < values.Length; i++)
                upsert.Parameters[i].Value = values[i];
            upsert.ExecuteNonQuery();
        }
        transaction.Commit();
    }

    /// <summary>Runs to write, and who waits for that.</summary>
    private sealed record Writing(IReadOnlyList<RunRecord> Runs)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
