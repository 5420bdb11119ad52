using System.Threading.Channels;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Execution;
using Jobtree.Grains.Journals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// The executor of a silo that runs workloads itself: passes starts and stops on, in order, once the decisions behind
/// them are kept, and from when the silo has started, since the executor reports to grains.
/// </summary>
internal sealed partial class DurableExecutor(ILocalExecutor executor, IActorJournals journals,
    IServiceProvider services, ILogger<DurableExecutor> logger) : IExecutor, IHostedService
{
    private readonly Channel<(Launch? Launch, ExecutionStop? Stop)> orders =
        Channel.CreateUnbounded<(Launch?, ExecutionStop?)>(new UnboundedChannelOptions { SingleReader = true });
    private Task worker = Task.CompletedTask;

    public ValueTask Start(Launch launch) => Enqueue(launch, null);

    public ValueTask Stop(ExecutionStop stop) => Enqueue(null, stop);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Asked for here and not at construction: the fleet needs its executor to exist first.
        var fleet = services.GetRequiredService<IFleet>();
        executor.Begin(new GrainReports(fleet));
        foreach (var (run, attempt) in await executor.TakenUp())
        {
            // A host can die between the record that ended a run and the order to stop it.
            if (await fleet.Run(run).Get() is not { Phase: RunPhase.Running } record || record.Attempt != attempt)
                await executor.Stop(new ExecutionStop(run, attempt, LeaseEndReason.Cancelled));
        }

        worker = Task.Run(PassOn, CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        orders.Writer.TryComplete();
        await worker.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private ValueTask Enqueue(Launch? launch, ExecutionStop? stop)
    {
        // A silo that stops takes no orders; after the next start what stands is ordered again.
        orders.Writer.TryWrite((launch, stop));
        return ValueTask.CompletedTask;
    }

    private async Task PassOn()
    {
        await foreach (var (launch, stop) in orders.Reader.ReadAllAsync())
        {
            try
            {
                await journals.WhenDurable(CancellationToken.None);
                if (launch is not null)
                    await executor.Start(launch);
                else
                    await executor.Stop(stop!);
            }
            catch (Exception failure)
            {
                // A decision that may be lost is nothing to act on, and one failed order must not hold up the others.
                OrderFailed(launch?.Run.ToString() ?? stop!.Run.ToString(), failure);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The executor did not take an order for {Run}.")]
    private partial void OrderFailed(string run, Exception failure);
}

/// <summary>Passes the ends that an executor of this process reports to the runs, wherever their grains are.</summary>
internal sealed class GrainReports(IFleet fleet) : IExecutionReports
{
    public async ValueTask Exited(RunKey run, int attempt, bool succeeded, string? message) =>
        await fleet.Run(run).Complete(CompletionReport.OfExit(run, attempt, succeeded, message));
}
