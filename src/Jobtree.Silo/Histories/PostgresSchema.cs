using System.Globalization;
using Npgsql;

namespace Jobtree.Silo.Histories;

/// <summary>
/// The tables of the history in PostgreSQL. They carry their version and the cluster that they belong to.
/// </summary>
internal static class PostgresSchema
{
    private const int Version = 1;

    /// <summary>The advisory lock under which one silo at a time creates what is not there. The number says
    /// nothing.</summary>
    private const string Lock = "SELECT pg_advisory_xact_lock(5137629404218137)";

    private const string Find = "SELECT to_regclass('ended_run_schema') IS NOT NULL";

    private const string Read = "SELECT version, service FROM ended_run_schema";

    /// <summary>Texts are ordered by their bytes, as SQLite orders them and as pages are compared.</summary>
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS ended_run (
            namespace TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, submitted BIGINT NOT NULL,
            finished BIGINT NOT NULL, version BIGINT NOT NULL, shard SMALLINT NOT NULL, hidden SMALLINT NOT NULL,
            owner TEXT COLLATE "C" NOT NULL, flavor TEXT COLLATE "C" NOT NULL, phase SMALLINT NOT NULL,
            state BYTEA NOT NULL, PRIMARY KEY (namespace, name, submitted));
        CREATE INDEX IF NOT EXISTS ended_run_by_end ON ended_run (finished, shard);
        CREATE INDEX IF NOT EXISTS ended_run_by_namespace ON ended_run (namespace, finished);
        CREATE TABLE IF NOT EXISTS ended_run_schema (version INTEGER NOT NULL, service TEXT NOT NULL);
        """;

    private const string Mark = """
        INSERT INTO ended_run_schema (version, service) SELECT @version, @service
        WHERE NOT EXISTS (SELECT FROM ended_run_schema)
        """;

    /// <summary>Creates the tables if there are none, and checks whose they are.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="service">The cluster's service id.</param>
    /// <exception cref="InvalidDataException">They are of another version, or of another cluster.</exception>
    public static async Task Prepare(NpgsqlConnection connection, string service)
    {
        await using var finding = new NpgsqlCommand(Find, connection);
        // A user that may create nothing is enough once they are there.
        if (await finding.ExecuteScalarAsync() is not true)
            await Create(connection, service);
        await using var reading = new NpgsqlCommand(Read, connection);
        await using var reader = await reading.ExecuteReaderAsync();
        if (!await reader.ReadAsync())
            throw new InvalidDataException("The table ended_run_schema is empty; it says whose history this is.");
        var (version, owner) = (reader.GetInt32(0), reader.GetString(1));
        if (version != Version)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The history in PostgreSQL is of version {version}; this program reads version {Version}."));
        if (owner != service)
            throw new InvalidDataException(
                $"The history in PostgreSQL is that of the service {owner}, and this silo is of the service {service}. "
                + "Give each cluster a schema of its own (Search Path).");
    }

    private static async Task Create(NpgsqlConnection connection, string service)
    {
        await using var creation = await connection.BeginTransactionAsync();
        await Run(connection, Lock);
        await Run(connection, Tables);
        await Run(connection, Mark, new("version", Version), new("service", service));
        await creation.CommitAsync();
    }

    private static async Task Run(NpgsqlConnection connection, string statement, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync();
    }
}
