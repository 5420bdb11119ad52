using System.Threading.Channels;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Execution;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Metrics;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// The executor of a silo that runs workloads itself. Forwards starts and stops in order, once their decisions are
/// durable and the silo has started: the executor reports to grains.
/// </summary>
internal sealed partial class DurableExecutor(ILocalExecutor executor, IActorJournals journals,
    IServiceProvider services, FleetMetrics metrics, TimeProvider time, ILogger<DurableExecutor> logger)
    : IExecutor, IHostedService
{
    private readonly Channel<Order> orders =
        Channel.CreateUnbounded<Order>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Breaker breaker = metrics.BreakerOf("executor");
    private Task worker = Task.CompletedTask;

    public ValueTask Start(Launch launch) =>
        Enqueue("start", launch.Run, static (to, order) => to.Start((Launch)order), launch);

    public ValueTask Resize(Launch launch) =>
        Enqueue("resize", launch.Run, static (to, order) => to.Resize((Launch)order), launch);

    public ValueTask Stop(ExecutionStop stop) =>
        Enqueue("stop", stop.Run, static (to, order) => to.Stop((ExecutionStop)order), stop);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Resolved here, not in the constructor: the fleet depends on its executor.
        var fleet = services.GetRequiredService<IFleet>();
        metrics.ShowOrders();
        metrics.Observe(
            Catalogue.ExecutorResisting, () => [Catalogue.ExecutorResisting.Measure(executor.Resisting)]);
        executor.Begin(new GrainReports(fleet, metrics));
        foreach (var (run, attempt) in await executor.TakenUp())
        {
            // The previous host may have died between the record that ended a run and the order to stop it.
            if (await fleet.Run(run).Get() is not { Phase: RunPhase.Running } record || record.Attempt != attempt)
                await executor.Stop(new ExecutionStop(run, attempt, LeaseEndReason.Cancelled));
        }

        worker = Task.Run(PassOn, CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        orders.Writer.TryComplete();
        await worker.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // It reports to grains, which leave next. What ends from now on is found by the next start.
        await executor.DisposeAsync();
    }

    private ValueTask Enqueue(string kind, RunKey run, Func<IExecutor, object, ValueTask> carryOut, object subject)
    {
        // A stopping silo drops orders; after the next start, orders that still apply are sent again.
        orders.Writer.TryWrite(new Order(kind, run, carryOut, subject, time.GetTimestamp()));
        return ValueTask.CompletedTask;
    }

    private async Task PassOn()
    {
        await foreach (var order in orders.Reader.ReadAllAsync())
        {
            try
            {
                await journals.WhenDurable(CancellationToken.None);
                await order.CarryOut(executor, order.Subject);
                breaker.Succeed();
                metrics.Ordered(order.Kind, true, time.GetElapsedTime(order.GivenAt));
            }
            catch (Exception failure)
            {
                // Skips the order: its decision may be lost, or it failed, and the others must not wait for it.
                breaker.Fail();
                metrics.Ordered(order.Kind, false, time.GetElapsedTime(order.GivenAt));
                metrics.Failed("executor", $"{order.Kind}-order");
                OrderFailed(order.Run.ToString(), failure);
            }
        }
    }

    /// <summary>An order for the executor: a start, a resize or a stop.</summary>
    private sealed record Order(
        string Kind, RunKey Run, Func<IExecutor, object, ValueTask> CarryOut, object Subject, long GivenAt);

    [LoggerMessage(Level = LogLevel.Error, Message = "The executor did not take an order for {Run}.")]
    private partial void OrderFailed(string run, Exception failure);
}

/// <summary>
/// Forwards what a local executor reports to the runs and the directory, on whichever silo their grains are.
/// </summary>
/// <param name="fleet">The runs and the directory.</param>
/// <param name="metrics">Counts the reports that were not taken: executors repeat ends until they are.</param>
internal sealed class GrainReports(IFleet fleet, FleetMetrics metrics) : IExecutionReports
{
    public async ValueTask Exited(RunKey run, int attempt, bool succeeded, string? message)
    {
        try
        {
            await fleet.Run(run).Complete(CompletionReport.OfExit(run, attempt, succeeded, message));
        }
        catch (Exception failure)
        {
            metrics.Retried("executor", FailureWord.Of(failure));
            throw;
        }
    }

    public async ValueTask Reported(RunKey run, WorkloadReport report) => await fleet.Run(run).Report(report);

    public async ValueTask Reported(string node, NodeUsage usage) => await fleet.Directory().Report(node, usage);

    public void Dropped(string reason, int lines) => metrics.TelemetryNotTaken("line", reason, lines);
}
