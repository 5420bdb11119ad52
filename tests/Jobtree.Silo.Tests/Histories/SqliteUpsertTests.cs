using Jobtree.Silo.Histories;
using Microsoft.Data.Sqlite;

namespace Jobtree.Silo.Tests.Histories;

public sealed class SqliteUpsertTests : IDisposable
{
    private const int Constraint = 19;
    private readonly SqliteConnection connection = new("Data Source=:memory:");

    public SqliteUpsertTests()
    {
        connection.Open();
        Run("CREATE TABLE row (name TEXT NOT NULL, number INTEGER NOT NULL CHECK (number > 0), bytes BLOB NOT NULL)");
    }

    public void Dispose() => connection.Dispose();

    [Fact]
    public void A_row_has_the_values_that_were_bound()
    {
        using var upsert = new SqliteUpsert(connection, "INSERT INTO row VALUES (?, ?, ?)");
        Write(upsert, "Größe", long.MaxValue, [0, 1, 255]);
        Write(upsert, "", 1, []);
        Assert.Equal([("Größe", long.MaxValue, "0001FF"), ("", 1, "")], Rows());
    }

    [Fact]
    public void A_row_that_is_refused_says_why_and_the_next_one_is_written()
    {
        using var upsert = new SqliteUpsert(connection, "INSERT INTO row VALUES (?, ?, ?)");
        var refusal = Assert.Throws<SqliteException>(() => Write(upsert, "a", -1, [1]));
        Assert.Equal(Constraint, refusal.SqliteErrorCode);
        Write(upsert, "b", 1, [2]);
        Assert.Equal([("b", 1, "02")], Rows());
    }

    [Fact]
    public void What_is_no_statement_is_refused() =>
        Assert.Throws<SqliteException>(() => new SqliteUpsert(connection, "INSERT INTO nothing VALUES (?)"));

    private static void Write(SqliteUpsert upsert, string name, long number, byte[] bytes)
    {
        upsert.Bind(1, name);
        upsert.Bind(2, number);
        upsert.Bind(3, bytes.AsSpan());
        upsert.Run();
    }

    private void Run(string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private List<(string Name, long Number, string Bytes)> Rows()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name, number, hex(bytes) FROM row ORDER BY rowid";
        using var reader = command.ExecuteReader();
        var rows = new List<(string, long, string)>();
        while (reader.Read())
            rows.Add((reader.GetString(0), reader.GetInt64(1), reader.GetString(2)));
        return rows;
    }
}
