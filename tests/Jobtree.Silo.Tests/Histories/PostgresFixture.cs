using Jobtree.Silo.Histories;
using Jobtree.Silo.Tests.Servers;
using Npgsql;

namespace Jobtree.Silo.Tests.Histories;

/// <summary>A PostgreSQL for the tests of a class, begun by the first that asks; each test has a schema.</summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private PostgresProcess? server;
    private int schemas;

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
    }

    /// <summary>The server; skips the test where there can be none.</summary>
    internal async Task<PostgresProcess> Server() => server ??= await PostgresProcess.Begin();

    /// <summary>How its superuser reaches an empty schema.</summary>
    internal async Task<string> NewSchema()
    {
        var (name, running) = ($"test_{++schemas}", await Server());
        await running.Do($"CREATE SCHEMA {name}");
        return new NpgsqlConnectionStringBuilder(running.Connection) { SearchPath = name }.ConnectionString;
    }

    /// <summary>Patient enough for a machine that does much else at once.</summary>
    internal static PostgresHistoryOptions Calm(string place) => new()
    {
        Connection = new NpgsqlConnectionStringBuilder(place),
        Service = "test",
        ConnectTimeout = TimeSpan.FromSeconds(20),
        AnswerTimeout = TimeSpan.FromSeconds(60),
        ListTimeout = TimeSpan.FromSeconds(60),
        AbsenceAgeMax = TimeSpan.FromMinutes(1),
    };
}
