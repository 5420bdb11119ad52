namespace Jobtree.Silo.Dashboard;

/// <summary>Marks the endpoints that <see cref="DashboardDoor"/> guards.</summary>
internal sealed record BehindDoor;
