using Jobtree.Actors.Directories;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Journals;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Serialization.Invocation;

namespace Jobtree.Grains.Hosting;

/// <summary>The directory.</summary>
[GrainType("directory")]
[KeepAlive]
[MayInterleave(nameof(MayInterleave))]
internal sealed partial class DirectoryGrain(ActorServices services, ILogger<DirectoryGrain> logger) : Grain,
    IDirectoryGrain, IIncomingGrainCallFilter
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(5);

    private IActorJournal journal = null!;
    private DirectoryActor actor = null!;
    private IGrainTimer? goOn;

    /// <summary>
    /// Lists are made anew for whoever asks: reading them between two steps of a change shows what is durable so far.
    /// </summary>
    public static bool MayInterleave(IInvokable call) =>
        call.GetMethodName() is nameof(Budgets) or nameof(Flavors) or nameof(FlavorOf);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = new ActorKey(ActorKind.Directory, this.GetPrimaryKeyString());
        var recovered = await services.Journals.Read(key, cancellationToken);
        journal = services.Journals.Open(key, recovered);
        actor = new DirectoryActor(journal, services.Fleet);
        recovered.Into(actor.Restore, actor.Replay);
        // What a crash kept from the flavors is passed on in a turn of its own: asking the directory does not wait for
        // them.
        if (recovered.Last > 0 && !services.Options.Stepped)
            goOn = this.RegisterGrainTimer(
                GoOn, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = RetryPause });
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.ReleaseWith(actor.Snapshot);
        return Task.CompletedTask;
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        finally
        {
            if (journal.IsBroken)
                DeactivateOnIdle();
        }
    }

    public ValueTask<Result<BudgetOutcomes>> PutBudgets(IReadOnlyList<Budget> put) => actor.PutBudgets(put);

    public ValueTask<Result<bool>> RemoveBudget(string budget) => actor.RemoveBudget(budget);

    public async ValueTask<Result<NodeOutcomes>> RegisterNodes(IReadOnlyList<Node> nodes)
    {
        var registered = await actor.RegisterNodes(nodes);
        await journal.SaveWhenDue(services.Options.SnapshotEvery, actor.Snapshot);
        return registered;
    }

    public ValueTask ForgetNode(string node) => actor.ForgetNode(node);

    public ValueTask<string?> FlavorOf(string node) => actor.FlavorOf(node);

    public ValueTask<IReadOnlyList<Budget>> Budgets() => actor.Budgets();

    public ValueTask<IReadOnlyList<string>> Flavors() => actor.Flavors();

    public ValueTask Resume() => actor.Resume();

    public ValueTask<ActorState> State()
    {
        var (sequence, state) = actor.Snapshot();
        return ValueTask.FromResult(new ActorState(sequence, state));
    }

    private async Task GoOn(CancellationToken cancellation)
    {
        try
        {
            await actor.Resume();
            goOn?.Dispose();
        }
        catch (Exception failure)
        {
            ResumeFailed(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Budgets could not be passed on to every flavor; it is tried again.")]
    private partial void ResumeFailed(Exception failure);
}
