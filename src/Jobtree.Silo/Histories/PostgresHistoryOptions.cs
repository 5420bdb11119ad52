using Jobtree.Telemetry;
using Npgsql;

namespace Jobtree.Silo.Histories;

/// <summary>How a cluster keeps its history in PostgreSQL.</summary>
internal sealed record PostgresHistoryOptions
{
    /// <summary>The address and credentials. Time limits and the sizes of the pools are overridden.</summary>
    public required NpgsqlConnectionStringBuilder Connection { get; init; }

    /// <summary>The cluster's service id. The tables belong to one service, and refuse the silos of another.</summary>
    public required string Service { get; init; }

    /// <summary>Shows whether PostgreSQL is away; absent: nothing does.</summary>
    public FleetMetrics? Metrics { get; init; }

    /// <summary>How long to wait for a connection, in whole seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long to wait for an answer to a short statement, in whole seconds.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait for a page, in whole seconds: a rare owner's runs may be far apart.</summary>
    public TimeSpan ListTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How old an answer may be that says that there is no such run: half of the time for which a run stays in its
    /// journal after it was written here. The other half is for the journal's refusal of a run that it has.
    /// </summary>
    public TimeSpan AbsenceAgeMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often PostgreSQL is probed: how soon an outage is noticed, and its end.</summary>
    public TimeSpan ProbeEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The most connections for short statements.</summary>
    public int ConnectionsMax { get; init; } = 8;

    /// <summary>The most connections for pages, so that slow ones delay nothing else.</summary>
    public int ListConnectionsMax { get; init; } = 4;
}
