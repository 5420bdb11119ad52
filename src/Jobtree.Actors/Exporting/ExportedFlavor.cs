using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Exporting;

/// <summary>A flavor at the instant of its copy, as documents.</summary>
internal sealed class ExportedFlavor
{
    private readonly FlavorState state;
    private readonly Scheduler scheduler;
    private readonly DateTimeOffset now;
    private readonly IReadOnlyList<LeaseManifest> ended;

    /// <param name="name">The flavor.</param>
    /// <param name="copy">Its copy.</param>
    /// <param name="leases">Its leases, read after the copy; the ended ones among them are exported.</param>
    /// <param name="now">The current instant.</param>
    public ExportedFlavor(
        string name, FlavorCopy copy, IReadOnlyList<LeaseManifest> leases, DateTimeOffset now)
    {
        Name = name;
        Past = FlavorPast.Of(name, copy.State);
        state = new FlavorState(name);
        state.Restore(copy.State);
        scheduler = new Scheduler(state, copy.Options);
        this.now = now > state.At ? now : state.At;
        ended = [.. leases.Where(lease => lease.End is not null && lease.Lease.Id < state.NextLease
            && state.Running.GetValueOrDefault(lease.Lease.Run)?.Find(lease.Lease.Id) is null)];
    }

    public string Name { get; }

    public FlavorPast Past { get; }

    public IEnumerable<Node> Nodes => state.Fleet.Nodes;

    public IEnumerable<RunKey> OpenRuns() =>
        state.Running.Keys.Concat(state.Queue.Runs.Select(waiting => waiting.Demand.Run));

    public IEnumerable<Reservation> Reservations() =>
        state.Queue.WithReservation.Select(waiting => waiting.Reservation!);

    public IEnumerable<LeaseManifest> Leases() => ended.Concat(state.Running.Values.SelectMany(run => run.Leases)
        .Select(lease => new LeaseManifest(lease, null, state.Funding.ClassOf(lease.Id))));

    /// <summary>
    /// A run with all that the flavor knows of it; null if its record says that it is here and the flavor did not have
    /// it.
    /// </summary>
    public RunManifest? Show(RunRecord record)
    {
        if (record.In(state) is not { } run)
            return null;
        var shown = RunStatusView.Of(run, run.IsOver ? null : FlavorReport.Position(state, scheduler, run.Key, now));
        return shown with { Status = shown.Status! with { Schedule = Schedule(run) } };
    }

    private RunSchedule? Schedule(RunRecord record)
    {
        var asked = record.ToDemand();
        if (state.Running.GetValueOrDefault(record.Key) is { } run)
            return Of(run.Demand, asked) with
            {
                AttemptSince = run.StartedAt,
                ExpectedEnd = run.ExpectedEnd,
                GpuSeconds = run.Meter.GpuSeconds + state.Funding.Unmetered(run.Leases, state.At),
            };
        if (state.Queue.Find(record.Key) is not { } waiting)
            return null;
        return Of(waiting.Demand, asked) with
        {
            WaitingSince = waiting.Since,
            Forecast = waiting.Forecast,
            ForecastWait = waiting.ForecastBaseline,
        };
    }

    private static RunSchedule Of(Demand demand, Demand asked) => new()
    {
        AdmittedAt = demand.AdmittedAt,
        Gpus = demand.Gpus == asked.Gpus ? null : demand.Gpus,
        DesiredGpus = demand.GpusDesired == asked.GpusDesired ? null : demand.GpusDesired,
        EarlyCuts = demand.EarlyCuts,
    };
}
