using Jobtree.Silo.Commands;
using Jobtree.Execution;
using Jobtree.Grains.Journals;
using Jobtree.Journal;

namespace Jobtree.Silo.Hosting;

/// <summary>Where a silo keeps its journals, and who carries its runs out.</summary>
/// <param name="Journals">The journals.</param>
/// <param name="Dependency">What they depend on, one word for metrics.</param>
/// <param name="Executor">The executor of this process; absent: others run the workloads and report through the
/// API.</param>
/// <param name="Demo">The folder that may begin with the demo fleet; absent: there is none.</param>
/// <param name="Told">What to say about it when the silo has started.</param>
internal sealed record SiloStorage(IActorJournals Journals, string Dependency, ILocalExecutor? Executor,
    DemoFolder? Demo, string Told) : IAsyncDisposable
{
    /// <summary>
    /// Completes with the reason when the journals can never be written again by this process; absent: they can always.
    /// </summary>
    public Task<JournalFailedException>? Failed { get; init; }

    public async ValueTask DisposeAsync()
    {
        if (Executor is not null)
            await Executor.DisposeAsync();
        if (Journals is IAsyncDisposable journals)
            await journals.DisposeAsync();
    }
}
