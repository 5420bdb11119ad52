using System.Net;
using Npgsql;
using StackExchange.Redis;

namespace Jobtree.Silo.Hosting;

/// <summary>Which cluster a silo belongs to, and how other silos reach it.</summary>
/// <param name="ServiceId">The service id, the prefix of all keys in Redis. It must not change while that data is
/// needed.</param>
/// <param name="ClusterId">The cluster id: silos with the same id form a cluster.</param>
/// <param name="Redis">The store of membership, reminders and journals; absent: this silo is a cluster of its own, with
/// journals on disk.</param>
/// <param name="Address">The address at which other silos and clients reach this one.</param>
/// <param name="SiloPort">The port for other silos; absent: the Orleans default. Unused without
/// <paramref name="Redis"/>.</param>
/// <param name="GatewayPort">The port for clients of the cluster; absent: the Orleans default, or none without
/// <paramref name="Redis"/>.</param>
/// <param name="Drain">How long a stopping silo keeps serving while it reports that it is not ready.</param>
internal sealed record ClusterSettings(string ServiceId, string ClusterId, ConfigurationOptions? Redis,
    IPAddress Address, int? SiloPort, int? GatewayPort, TimeSpan Drain)
{
    /// <summary>What silos and clients of the cluster prove with who they are; absent: connections are not encrypted,
    /// and everybody who reaches a port is trusted.</summary>
    public SiloCertificates? Certificates { get; init; }

    /// <summary>Where the cluster keeps the runs that ended; absent: in Redis, and only while they are
    /// listed.</summary>
    public NpgsqlConnectionStringBuilder? HistoryPostgres { get; init; }

    /// <summary>Whether this silo is a pod, and asks Kubernetes which of the other silos' pods are gone.</summary>
    public bool IsOnKubernetes { get; init; }

    /// <summary>Where this silo keeps what it knows of Redis; absent: at the usual place.</summary>
    public string? StateFolder { get; init; }

    /// <summary>A silo that is a cluster of its own.</summary>
    public static ClusterSettings OneMachine { get; } = new(
        "jobtree", "jobtree", null, IPAddress.Loopback, null, null, TimeSpan.Zero);
}
