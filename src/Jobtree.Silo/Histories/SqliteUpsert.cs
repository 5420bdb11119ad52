using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Jobtree.Silo.Histories;

/// <summary>
/// A prepared statement that is run for many rows. Its parameters are bound by their places: a
/// <see cref="SqliteCommand"/> looks all of them up by name for every row, which was half of the garbage of a row, and
/// boxes their values.
/// </summary>
internal sealed class SqliteUpsert : IDisposable
{
    private readonly sqlite3 connection;
    private readonly sqlite3_stmt statement;

    /// <param name="connection">The connection that writes. It must outlive the statement.</param>
    /// <param name="text">The statement.</param>
    /// <exception cref="SqliteException">It is no statement of this database.</exception>
    public SqliteUpsert(SqliteConnection connection, string text)
    {
        this.connection = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
        Check(raw.sqlite3_prepare_v2(this.connection, text, out statement));
    }

    /// <summary>Gives a parameter its value. The first has place 1.</summary>
    public void Bind(int place, string value) =>
        Check(raw.sqlite3_bind_text(statement, place, value));

    /// <summary>Gives a parameter its value. The first has place 1.</summary>
    public void Bind(int place, long value) =>
        Check(raw.sqlite3_bind_int64(statement, place, value));

    /// <summary>Gives a parameter its value. The first has place 1.</summary>
    public void Bind(int place, ReadOnlySpan<byte> value) =>
        Check(raw.sqlite3_bind_blob(statement, place, value));

    /// <summary>Runs the statement with the values that were given, in the transaction of its connection.</summary>
    /// <exception cref="SqliteException">The row could not be written.</exception>
    public void Run()
    {
        var ended = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (ended != raw.SQLITE_DONE)
            SqliteException.ThrowExceptionForRC(ended, connection);
    }

    public void Dispose() => statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, connection);
}
