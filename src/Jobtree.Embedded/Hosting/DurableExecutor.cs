using System.Threading.Channels;
using Jobtree.Actors.Ports;
using Jobtree.Embedded.Executors;
using Jobtree.Embedded.Journal;
using Microsoft.Extensions.Logging;

namespace Jobtree.Embedded.Hosting;

/// <summary>
/// Passes starts and stops on to an executor, in order, once the decisions behind them are on the disk.
/// </summary>
internal sealed partial class DurableExecutor : IExecutor, IAsyncDisposable
{
    private readonly Channel<(long Lsn, Launch? Launch, ExecutionStop? Stop)> orders =
        Channel.CreateUnbounded<(long, Launch?, ExecutionStop?)>(new() { SingleReader = true });
    private readonly LogHolder holder;
    private readonly ILocalExecutor executor;
    private readonly ILogger logger;
    private readonly Task worker;

    public DurableExecutor(LogHolder holder, ILocalExecutor executor, ILogger<DurableExecutor> logger)
    {
        (this.holder, this.executor, this.logger) = (holder, executor, logger);
        worker = Task.Run(PassOn);
    }

    public ValueTask Start(Launch launch) => orders.Writer.WriteAsync((holder.Log.LastLsn, launch, null));

    public ValueTask Stop(ExecutionStop stop) => orders.Writer.WriteAsync((holder.Log.LastLsn, null, stop));

    public async ValueTask DisposeAsync()
    {
        orders.Writer.TryComplete();
        await worker;
    }

    private async Task PassOn()
    {
        var told = false;
        await foreach (var (lsn, launch, stop) in orders.Reader.ReadAllAsync())
        {
            try
            {
                await holder.Log.WaitDurable(lsn);
                if (launch is not null)
                    await executor.Start(launch);
                else
                    await executor.Stop(stop!);
            }
            catch (JournalFailedException failure)
            {
                // The decision may be lost, so nobody may act on it; after a restart what stands is started again.
                if (!told)
                    OrdersHeldBack(failure);
                told = true;
            }
            catch (Exception failure)
            {
                OrderFailed(launch?.Run.ToString() ?? stop!.Run.ToString(), failure);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The executor did not take an order for {Run}.")]
    private partial void OrderFailed(string run, Exception failure);

    [LoggerMessage(Level = LogLevel.Critical,
        Message = "The journal failed: the executor is told nothing that it did not keep.")]
    private partial void OrdersHeldBack(Exception failure);
}
