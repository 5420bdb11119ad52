using Jobtree.Api.Auditing;
using Jobtree.Silo.Commands;
using Jobtree.Execution;
using Jobtree.Grains.Journals;
using Jobtree.Journal;
using Jobtree.Silo.Clocks;
using Jobtree.Silo.Journals;

namespace Jobtree.Silo.Hosting;

/// <summary>A silo's journals, and the executor of its runs.</summary>
/// <param name="Journals">The journals.</param>
/// <param name="Gauge">Measures their store.</param>
/// <param name="Executor">The executor of this process; absent: external executors run the workloads and report through
/// the API.</param>
/// <param name="Demo">The folder that may begin with the demo fleet; absent: none.</param>
/// <param name="StartMessage">What to report once the silo has started.</param>
internal sealed record SiloStorage(IActorJournals Journals, IStoreGauge Gauge, ILocalExecutor? Executor,
    DemoFolder? Demo, string StartMessage) : IAsyncDisposable
{
    /// <summary>
    /// Completes with the reason when this process can never write the journals again; absent: that cannot happen.
    /// </summary>
    public Task<JournalFailedException>? Failed { get; init; }

    /// <summary>Where the ledger's time is written for the next process; absent: another clock is followed.</summary>
    public ClockFile? Clock { get; init; }

    /// <summary>The runs that ended; absent: only the journals keep them.</summary>
    public IRunHistoryStore? History { get; init; }

    /// <summary>Who changed what.</summary>
    public required IAuditStore Audit { get; init; }

    public async ValueTask DisposeAsync()
    {
        if (Executor is not null)
            await Executor.DisposeAsync();
        if (Journals is IAsyncDisposable journals)
            await journals.DisposeAsync();
        if (History is IAsyncDisposable history)
            await history.DisposeAsync();
        if (Audit is IAsyncDisposable remote)
            await remote.DisposeAsync();
        (Audit as IDisposable)?.Dispose();
    }
}
