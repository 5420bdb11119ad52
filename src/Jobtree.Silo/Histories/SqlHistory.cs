using System.Data.Common;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Loads;
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
    private const string NewestOfShard = """
        SELECT namespace, name, state FROM ended_run WHERE shard = @shard AND finished >= @from
        ORDER BY finished DESC LIMIT @limit
        """;

    public abstract Task Write(IReadOnlyList<RunRecord> ended, CancellationToken cancellation);

    public abstract ValueTask<bool> Contains(RunKey run, CancellationToken cancellation);

    public abstract ValueTask<IReadOnlyList<RunRecord?>> Find(
        IReadOnlyList<RunKey> runs, CancellationToken cancellation);

    public async Task<IReadOnlyList<RunRecord>> Newest(
        int shard, DateTimeOffset since, int max, long bytesMax, CancellationToken cancellation)
    {
        var rows = await Reading(connection =>
        {
            var left = bytesMax;
            return Rows(connection, NewestOfShard, [("shard", shard), ("from", since.UtcTicks), ("limit", max)],
                run => (left -= RunWeight.Of(run)) >= 0, cancellation);
        }, cancellation);
        // A run that was submitted again has a row for each time.
        return [.. rows.DistinctBy(run => run.Key)];
    }

    public async ValueTask<Page<RunRecord>> List(HistoryQuery query, CancellationToken cancellation)
    {
        var limit = Math.Clamp(query.Limit, 1, RunQuery.LimitMax);
        var (text, values) = HistorySql.Of(query, limit + 1);
        return await Reading(async connection =>
        {
            var (room, more) = (new PageRoom(limit), false);
            var rows = await Rows(
                connection, text, values, run => room.TryTake(run) || !(more = true), cancellation);
            return new Page<RunRecord>(rows, more ? HistoryPlace.Of(rows[^1]).ToString() : null);
        }, cancellation);
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>Reads rows on a connection of its own.</summary>
    /// <param name="read">The reading. It may be repeated.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="IOException">The database cannot be read now.</exception>
    protected abstract Task<T> Reading<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellation);

    /// <summary>The end of a run in the order of the history, in ticks.</summary>
    protected static long EndOf(RunRecord run) => (run.FinishedAt ?? run.PhaseSince).UtcTicks;

    /// <summary>The records that a statement selects by namespace, name and state.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="text">The statement.</param>
    /// <param name="values">Its values.</param>
    /// <param name="takes">Whether to take a record; after one that is not taken nothing is read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    protected static async Task<List<RunRecord>> Rows(DbConnection connection, string text,
        IReadOnlyList<(string Name, object Value)> values, Func<RunRecord, bool> takes,
        CancellationToken cancellation)
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
        {
            var run = RunJournal.Restore(
                new RunKey(reader.GetString(0), reader.GetString(1)), (byte[])reader.GetValue(2));
            if (!takes(run))
                break;
            rows.Add(run);
        }
        return rows;
    }
}
