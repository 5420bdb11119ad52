using System.Data.Common;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;

namespace Jobtree.Silo.Histories;

/// <summary>
/// The history as a table of an SQL database: a row for each submission that ended. Instants are UTC ticks; the state
/// is the run's last record as its journal would keep it. SQLite and PostgreSQL read it alike; they write, and look for
/// a run, in their own ways.
/// </summary>
internal abstract class SqlHistory : IRunHistoryStore, IAsyncDisposable
{
    private const string OfRun = """
        SELECT namespace, name, state FROM ended_run WHERE namespace = @namespace AND name = @name
        ORDER BY submitted DESC LIMIT 1
        """;

    private const string NewestOfShard = """
        SELECT namespace, name, state FROM ended_run WHERE shard = @shard AND finished >= @from
        ORDER BY finished DESC LIMIT @limit
        """;

    public abstract Task Write(IReadOnlyList<RunRecord> ended, CancellationToken cancellation);

    public abstract ValueTask<bool> Contains(RunKey run, CancellationToken cancellation);

    public async ValueTask<IReadOnlyList<RunRecord?>> Find(
        IReadOnlyList<RunKey> runs, CancellationToken cancellation)
    {
        var found = new RunRecord?[runs.Count];
        await Reading(async connection =>
        {
            for (var i = 0; i < runs.Count; i++)
            {
                var rows = await Rows(connection, OfRun,
                    [("namespace", runs[i].Namespace), ("name", runs[i].Name)], cancellation);
                found[i] = rows is [var row] ? row : null;
            }
            return found;
        }, cancellation);
        return found;
    }

    public async Task<IReadOnlyList<RunRecord>> Newest(
        int shard, DateTimeOffset since, int max, CancellationToken cancellation)
    {
        var rows = await Reading(connection => Rows(connection, NewestOfShard,
            [("shard", shard), ("from", since.UtcTicks), ("limit", max)], cancellation), cancellation);
        // A run that was submitted again has a row for each time.
        return [.. rows.DistinctBy(run => run.Key)];
    }

    public async ValueTask<Page<RunRecord>> List(HistoryQuery query, CancellationToken cancellation)
    {
        var limit = Math.Clamp(query.Limit, 1, RunQuery.LimitMax);
        var (text, values) = HistorySql.Of(query, limit + 1);
        var rows = await Reading(connection => Rows(connection, text, values, cancellation), cancellation);
        return rows.Count <= limit ? new Page<RunRecord>(rows)
            : new Page<RunRecord>(rows[..limit], HistoryPlace.Of(rows[limit - 1]).ToString());
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>A connection for reading; the caller disposes of it.</summary>
    protected abstract ValueTask<DbConnection> Connect(CancellationToken cancellation);

    /// <summary>The bytes of a record in the table.</summary>
    protected static byte[] StateOf(RunRecord run) => ((IRestingState)run).ToSnapshot().ToArray();

    /// <summary>What is told when the database fails; it names no host and no secret.</summary>
    protected static IOException Away(DbException failure) =>
        new("The history of ended runs cannot be reached or written.", failure);

    private async Task<T> Reading<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await Connect(cancellation);
            return await read(connection);
        }
        catch (DbException failure)
        {
            throw Away(failure);
        }
    }

    private static async Task<List<RunRecord>> Rows(DbConnection connection, string text,
        IReadOnlyList<(string Name, object Value)> values, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        var rows = new List<RunRecord>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            rows.Add(RunJournal.Restore(new RunKey(reader.GetString(0), reader.GetString(1)),
                (byte[])reader.GetValue(2)));
        return rows;
    }
}
