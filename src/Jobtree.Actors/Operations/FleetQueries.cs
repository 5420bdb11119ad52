using Jobtree.Actors.History;
using Jobtree.Actors.Ports;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Operations;

/// <summary>What is asked about a fleet's nodes, budgets, leases and flavors, put together from its actors.</summary>
/// <param name="fleet">The actors.</param>
/// <param name="time">The clock.</param>
/// <param name="history">The ledgers' past.</param>
internal sealed class FleetQueries(IFleet fleet, TimeProvider time, FleetHistory history)
{
    /// <summary>The nodes that a query asks for.</summary>
    public async ValueTask<Result<Page<NodeView>>> Nodes(NodeQuery query)
    {
        var nodes = new List<NodeView>();
        foreach (var flavor in await FlavorsOf(query.Flavor))
            nodes.AddRange(await fleet.Flavor(flavor).Nodes());
        var matching = nodes.Where(view =>
                (query.Name is null || view.Node.Name == query.Name)
                && (query.State is null || view.Node.State == query.State)
                && (query.Domain is null || view.Node.Domain().IsNamed(query.Domain))
                && (query.Continue is null || string.CompareOrdinal(view.Node.Name, query.Continue) > 0))
            .OrderBy(view => view.Node.Name, StringComparer.Ordinal);
        return PageOf(matching, query.Limit, view => view.Node.Name);
    }

    /// <summary>All budgets, with the envelopes whose window ends soon.</summary>
    public async ValueTask<Result<IReadOnlyList<BudgetView>>> Budgets()
    {
        var now = time.GetUtcNow();
        return Results.Of<IReadOnlyList<BudgetView>>(
            [.. (await fleet.Directory().Budgets()).Select(budget => new BudgetView(
            budget,
            budget.AutoRenew is { } renew
                ? [.. budget.Envelopes.Where(envelope => envelope.IsOpen(now)
                    && envelope.End - now <= renew.NotifyBefore).Select(envelope => envelope.Name)]
                : []))]);
    }

    /// <summary>The number of GPUs that a budget funds now.</summary>
    public async ValueTask<double> FundedBy(string budget)
    {
        var funded = 0.0;
        foreach (var flavor in await fleet.Directory().Flavors())
        {
            foreach (var room in (await fleet.Flavor(flavor).Envelopes()).Where(room => room.Envelope.Budget == budget))
                funded += room.Gpus.Total() - room.Gpus.Unfunded;
        }
        return funded;
    }

    /// <summary>The envelopes and caps, with what they fund and have metered.</summary>
    public async ValueTask<Result<IReadOnlyList<EnvelopeUsage>>> Usage(string? owner)
    {
        var now = time.GetUtcNow();
        var usage = new List<EnvelopeUsage>();
        foreach (var flavor in await fleet.Directory().Flavors())
        {
            foreach (var room in await fleet.Flavor(flavor).Envelopes())
            {
                if (owner is not null && !OwnerPattern.IsAtOrBelow(room.Owner, owner))
                    continue;
                var meter = await fleet.Envelope(room.Envelope).Usage();
                var terms = room.Terms;
                usage.Add(new EnvelopeUsage(
                    room.Envelope, room.Owner, flavor, terms.Concurrency, terms.IsOpen(now), room.Gpus, room.SpareGpus,
                    room.Headroom, meter.GpuSeconds.Times(1 / 3600d), terms.Start, terms.End, room.Recallable,
                    room.Promised, terms.MaxGPUHours, null, meter.Earlier.Count == 0 ? null : [.. meter.Earlier.Select(
                        account => new EarlierUsage(
                            account.Owner, account.Until, account.GpuSeconds.Times(1 / 3600d)))]));
            }
        }
        foreach (var budget in await fleet.Directory().Budgets())
        {
            if (owner is null || OwnerPattern.IsAtOrBelow(budget.Owner, owner))
                usage.AddRange(budget.AggregateCaps.Select(cap => EnvelopeUsage.Of(budget, cap, usage)).ToArray());
        }
        return Results.Of<IReadOnlyList<EnvelopeUsage>>(usage);
    }

    /// <summary>The leases that a query asks for.</summary>
    public async ValueTask<Result<Page<LeaseManifest>>> Leases(LeaseQuery query, CancellationToken cancellation)
    {
        var leases = new List<(string Cursor, LeaseManifest Lease)>();
        foreach (var flavor in await FlavorsOf(query.Flavor))
        {
            if (!(await LeasesOf(flavor, query, cancellation)).Succeeded(out var some, out var problem))
                return problem;
            leases.AddRange(some.Select(lease => ($"{flavor}/{lease.Lease.Id:D19}", lease)));
        }
        var matching = new List<(string Cursor, LeaseManifest Lease)>();
        foreach (var (cursor, lease) in leases)
        {
            if ((query.Continue is null || string.CompareOrdinal(cursor, query.Continue) > 0)
                && (query.Run is null || lease.Lease.Run == query.Run)
                && (query.Node is null || lease.Lease.Slots.Any(slots => slots.Node == query.Node))
                && (query.Class is null || lease.Class == query.Class)
                && await IsVisible(lease.Lease.Run, query.VisibleOwners))
                matching.Add((cursor, lease));
        }
        var page = PageOf(matching.OrderBy(lease => lease.Cursor, StringComparer.Ordinal), query.Limit, lease =>
            lease.Cursor);
        return new Page<LeaseManifest>([.. page.Items.Select(lease => lease.Lease)], page.Continue);
    }

    private async ValueTask<Result<IReadOnlyList<LeaseManifest>>> LeasesOf(
        string flavor, LeaseQuery query, CancellationToken cancellation)
    {
        if (query.At is not { } at)
            return Results.Of(await fleet.Flavor(flavor).Leases(query.IncludeEnded));
        return at <= time.GetUtcNow() ? await history.LeasesAt(flavor, at, cancellation)
            : new Problem(ProblemCode.Invalid, "at: an instant that is not in the future is allowed.");
    }

    /// <summary>The reservations of a flavor, or of all.</summary>
    public async ValueTask<Result<IReadOnlyList<ReservationView>>> Reservations(string? flavor)
    {
        var reservations = new List<ReservationView>();
        foreach (var name in await FlavorsOf(flavor))
            reservations.AddRange(await fleet.Flavor(name).Reservations());
        return Results.Of<IReadOnlyList<ReservationView>>(reservations);
    }

    /// <summary>The flavors, each with how long its answer took.</summary>
    public async ValueTask<Result<IReadOnlyList<FlavorView>>> Flavors()
    {
        var views = new List<FlavorView>();
        foreach (var flavor in await fleet.Directory().Flavors())
        {
            var asked = time.GetTimestamp();
            var view = await fleet.Flavor(flavor).View();
            views.Add(view with { Took = time.GetElapsedTime(asked) });
        }
        return Results.Of<IReadOnlyList<FlavorView>>(views);
    }

    /// <summary>The state of all flavors, checked.</summary>
    public async ValueTask<Result<AuditReport>> Audit()
    {
        var (records, leases) = (0L, 0L);
        var heads = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var violations = new List<AuditViolation>();
        foreach (var flavor in await fleet.Directory().Flavors())
        {
            var report = await fleet.Flavor(flavor).Audit();
            (records, leases) = (records + report.Records, leases + report.Leases);
            foreach (var (name, head) in report.Heads)
                heads.Add(name, head);
            violations.AddRange(report.Violations);
        }
        return new AuditReport(records, leases, heads, violations);
    }

    /// <summary>The flavor that is asked for, if it exists; all, if none is.</summary>
    public async ValueTask<IReadOnlyList<string>> FlavorsOf(string? only)
    {
        var flavors = await fleet.Directory().Flavors();
        return only is null ? flavors : flavors.Contains(only) ? [only] : [];
    }

    private async ValueTask<bool> IsVisible(RunKey run, IReadOnlyList<string>? owners)
    {
        if (owners is null)
            return true;
        return await fleet.Run(run).Get() is { } record && owners.Any(
            owner => OwnerPattern.IsAtOrBelow(record.Owner, owner));
    }

    private static Page<T> PageOf<T>(IEnumerable<T> items, int limit, Func<T, string> cursor)
    {
        var most = Math.Clamp(limit, 1, RunQuery.LimitMax);
        var page = items.Take(most + 1).ToList();
        if (page.Count <= most)
            return new Page<T>(page);
        page.RemoveAt(most);
        return new Page<T>(page, cursor(page[^1]));
    }
}
