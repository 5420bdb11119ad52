using System.Net;
using StackExchange.Redis;

namespace Jobtree.Silo.Hosting;

/// <summary>Which cluster a silo belongs to, and where the others of it find this one.</summary>
/// <param name="ServiceId">The service: names what is kept in Redis, and must never change while that is
/// wanted.</param>
/// <param name="ClusterId">The cluster: silos of one id find each other.</param>
/// <param name="Redis">Where membership, reminders and journals are; absent: this silo is a cluster of its own, and
/// keeps its journals on disk.</param>
/// <param name="Address">The address on which other silos and clients reach this one.</param>
/// <param name="SiloPort">The port for other silos; absent: Orleans' usual one. Unused without
/// <paramref name="Redis"/>.</param>
/// <param name="GatewayPort">The port for clients of the cluster; absent: Orleans' usual one, or without
/// <paramref name="Redis"/> none.</param>
/// <param name="Drain">How long a silo that stops goes on serving while it says that it is not ready.</param>
internal sealed record ClusterSettings(string ServiceId, string ClusterId, ConfigurationOptions? Redis,
    IPAddress Address, int? SiloPort, int? GatewayPort, TimeSpan Drain);
