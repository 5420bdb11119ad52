namespace Jobtree.Api.Routes;

/// <summary>All routes: the source of the endpoints and of the documentation.</summary>
internal sealed class RouteTable(
    ManifestRoutes manifests, RunRoutes runs, LogRoutes logs, FleetRoutes fleet, BudgetRoutes budgets, HostRoutes host,
    TelemetryRoutes telemetry, LedgerRoutes ledger, WhatIfRoutes whatIf, ExportRoutes export, AuditLogRoutes auditLog,
    WhoAmIRoutes whoAmI, ClusterRoutes cluster)
{
    public IReadOnlyList<ApiRoute> Routes { get; } =
    [
        .. manifests.All(), .. whatIf.All(), .. runs.All(), .. telemetry.All(), .. logs.All(), .. fleet.All(),
        .. budgets.All(), .. ledger.All(), .. auditLog.All(), .. cluster.All(), .. export.All(),
        .. whoAmI.All(), .. host.All(),
    ];
}
