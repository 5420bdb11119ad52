using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Stepping;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Subjects;

/// <summary>
/// One replay of one trace. It submits jobs when they arrive, ends them after their duration in the trace, and lets the
/// fleet do its due work in between. At each instant jobs end first, then the fleet settles, then jobs arrive.
/// </summary>
internal sealed class JobtreeReplay : IExecutor
{
    private const int ProgressEvery = 500;

    // The maximum number of consecutive instants without an arrival or an end. A few are normal; this many mean that
    // runs cut one another forever, or that reservations are renewed forever on an idle fleet.
    private const int FruitlessInstantsMax = 20_000;

    private readonly JobTrace _trace;
    private readonly ReplayOptions _options;
    private readonly ReplayFleet _setting;
    private readonly VirtualTime _time;
    private readonly SteppedFleet _fleet;
    private readonly ReplayedJob[] _jobs;
    private readonly Dictionary<RunKey, int> _byRun = [];
    private readonly PriorityQueue<(int Job, int Attempt), (TimeSpan End, int Job)> _ends = new();
    private readonly DateTimeOffset _windowsEnd;
    private FleetWatch? _watch;
    private ClassSplit _gpuSeconds;
    private int _arrived;
    private int _ended;
    private int _refused;
    private int _fruitless;

    /// <summary>Prepares the fleet and the jobs.</summary>
    /// <param name="trace">The jobs.</param>
    /// <param name="options">The fleet, the budgets and the known durations.</param>
    public JobtreeReplay(JobTrace trace, ReplayOptions options)
    {
        (_trace, _options, _setting) = (trace, options, new ReplayFleet(trace, options));
        _windowsEnd = _setting.Budgets.SelectMany(budget => budget.Envelopes)
            .Select(envelope => envelope.End ?? DateTimeOffset.MaxValue).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();
        _time = new VirtualTime(options.Epoch);
        _fleet = new SteppedFleet(new SteppedFleetOptions
        {
            Time = _time,
            Executor = this,
            Scheduler = new SchedulerOptions { QueueMax = trace.Jobs.Length + 1, Serving = options.Serving },
        });
        _jobs = [.. trace.Jobs.Select(job => new ReplayedJob(new RunKey(_setting.Namespaces[job.Cluster], job.Id)))];
        for (var job = 0; job < _jobs.Length; job++)
            _byRun.Add(_jobs[job].Run, job);
    }

    /// <summary>The state of the only flavor.</summary>
    public FlavorState State =>
        _fleet.State(_options.Flavor) ?? throw new InvalidOperationException("The fleet has no nodes yet.");

    /// <summary>Runs the trace until every job has ended. No await in it ever waits.</summary>
    /// <param name="progress">Receives the share of jobs that ended.</param>
    /// <param name="looks">Called with the replay after every instant.</param>
    public async Task Play(IProgress<double> progress, Action<JobtreeReplay>? looks)
    {
        await Furnish();
        _watch = new FleetWatch(State, FleetWatch.StepFor(_trace.ArrivalWindow));
        while (_ended + _refused < _jobs.Length)
        {
            var now = Next();
            _watch.LookUntil(now);
            _time.AdvanceTo(_options.Epoch + now);
            await EndJobs(now, progress);
            await _fleet.Settle();
            await SubmitJobs(now);
            await _fleet.Settle();
            looks?.Invoke(this);
        }

        progress.Report(1);
    }

    /// <summary>The outcome of the trace; the caller adds the scheduler's name and the wall-clock time.</summary>
    public ReplayOutcome Outcome() => new()
    {
        Scheduler = string.Empty,
        Jobs = [.. _jobs.Select(job => job.Outcome())],
        Observations = _watch?.Looks ?? [],
        GpuHoursByClass = _gpuSeconds.Times(1 / 3600d),
        Decisions = State.Sequence,
        LedgerHead = HashChain.ToHex(State.Head),
    };

    /// <inheritdoc/>
    public ValueTask Start(Launch launch)
    {
        var job = _byRun[launch.Run];
        if (_jobs[job].Attempt == launch.Attempt || _jobs[job].IsDone)
            return ValueTask.CompletedTask;
        var start = launch.StartedAt - _options.Epoch;
        _jobs[job].Start(launch.Attempt, start, PaidBy(launch.Leases));
        var end = start + _trace.Jobs[job].Duration;
        _ends.Enqueue((job, launch.Attempt), (end, job));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask Resize(Launch launch) => ValueTask.CompletedTask; // The jobs of a trace have one width.

    /// <inheritdoc/>
    public ValueTask Stop(ExecutionStop stop)
    {
        // The planned end of this attempt stays in the queue. It is skipped later, because by then another attempt
        // runs, or none.
        var job = _jobs[_byRun[stop.Run]];
        if (job.Attempt == stop.Attempt)
            job.Cut(Now());
        return ValueTask.CompletedTask;
    }

    private TimeSpan Now() => _time.GetUtcNow() - _options.Epoch;

    private async ValueTask Furnish()
    {
        Expect(await _fleet.Directory().PutBudgets(_setting.Budgets));
        Expect(await _fleet.Directory().RegisterNodes(_setting.Nodes));
        Expect(await _fleet.Flavor(_options.Flavor).PutNodes(_setting.Nodes));
    }

    /// <summary>The next instant at which something happens.</summary>
    private TimeSpan Next()
    {
        var next = _arrived < _jobs.Length ? _trace.Jobs[_arrived].Submit : TimeSpan.MaxValue;
        while (_ends.TryPeek(out var planned, out var due))
        {
            if (_jobs[planned.Job].Attempt == planned.Attempt)
            {
                next = due.End < next ? due.End : next;
                break;
            }

            _ends.Dequeue();
        }

        if (_fleet.NextWake is { } wake && wake < _windowsEnd && wake - _options.Epoch < next)
            next = wake - _options.Epoch;
        return next == TimeSpan.MaxValue || ++_fruitless > FruitlessInstantsMax
            ? throw new InvalidOperationException(
                $"At {Now()} {_arrived - _ended - _refused} jobs run or wait, and none gets to its end.")
            : next;
    }

    private async ValueTask EndJobs(TimeSpan now, IProgress<double> progress)
    {
        while (_ends.TryPeek(out var planned, out var due) && due.End <= now)
        {
            _ends.Dequeue();
            var job = _jobs[planned.Job];
            if (job.Attempt != planned.Attempt)
                continue;
            var operation = string.Create(CultureInfo.InvariantCulture, $"exit/{planned.Attempt}");
            var report = await _fleet.Run(job.Run).Complete(
                new CompletionReport(true, null, operation, planned.Attempt));
            if (!report.Succeeded(out var run, out _))
            {
                // Another end at this instant already caused a cut of this job. The cut is delivered now and counts.
                await _fleet.Settle();
                if (job.Attempt == planned.Attempt)
                    throw new InvalidOperationException($"{job.Run} could not be completed at {now}.");
                continue;
            }

            job.End(now);
            _gpuSeconds += run.GpuSeconds;
            _fruitless = 0;
            if (++_ended % ProgressEvery == 0)
                progress.Report((double)_ended / _jobs.Length);
        }
    }

    private async ValueTask SubmitJobs(TimeSpan now)
    {
        for (; _arrived < _jobs.Length && _trace.Jobs[_arrived].Submit == now; _arrived++)
        {
            var traced = _trace.Jobs[_arrived];
            _fruitless = 0;
            if (traced.Gpus > _options.FleetGpus)
            {
                _refused++;
                continue;
            }

            var job = _jobs[_arrived];
            var run = Expect(await _fleet.Run(job.Run)
                .Submit(new Submission(Spec(traced), _setting.Owner(traced.Owner), null, "submit")));
            if (run.Phase != RunPhase.Running && State.Queue.Find(job.Run)?.Forecast is { } forecast)
                job.Forecast = new StartForecast(now, forecast.Median - _options.Epoch, forecast.P90 - _options.Epoch);
        }
    }

    private RunSpec Spec(TraceJob job) => new()
    {
        Resources = new Resources { GpuType = _options.Flavor, TotalGPUs = job.Gpus },
        Runtime = _options.StatedBy(job) is { } stated ? new RuntimeHints { ExpectedDuration = stated } : null,
    };

    private FundingClass PaidBy(IReadOnlyList<Lease> leases)
    {
        var split = leases.Aggregate(
            default(ClassSplit), (sum, lease) => sum.Plus(State.Funding.ClassOf(lease.Id), lease.Gpus()));
        return Enum.GetValues<FundingClass>().MaxBy(split.Of);
    }

    private static T Expect<T>(Result<T> result) => result.Succeeded(out var value, out var problem)
        ? value
        : throw new InvalidOperationException($"The fleet refused what a replay may ask: {problem.Detail}");
}
