using Jobtree.Actors.Directories;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Journals;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Serialization.Invocation;

namespace Jobtree.Grains.Hosting;

/// <summary>The grain of the directory.</summary>
[GrainType("directory")]
[KeepAlive]
[MayInterleave(nameof(MayInterleave))]
internal sealed partial class DirectoryGrain(ActorServices services, ILogger<DirectoryGrain> logger) : Grain,
    IDirectoryGrain, IIncomingGrainCallFilter
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(5);

    private IActorJournal journal = null!;
    private DirectoryActor actor = null!;
    private Supersession supersession = null!;
    private WorkPump delivery = null!;
    private bool hasResumed = true;

    private ActorKey Key => new(ActorKind.Directory, this.GetPrimaryKeyString());

    /// <summary>
    /// Each call builds its own list, so a read between two steps of a change shows what is durable so far.
    /// </summary>
    public static bool MayInterleave(IInvokable call) =>
        call.GetMethodName() is nameof(Budgets) or nameof(Flavors) or nameof(FlavorOf) or nameof(Report);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var recovered = await services.Journals.Read(Key, cancellationToken);
        journal = services.Journals.Open(Key, recovered);
        actor = Recover(recovered);
        supersession = new Supersession(services, Key, () => actor.Sequence);
        // Undelivered changes are sent to flavors in the background, so calls to the directory do not wait for them.
        hasResumed = recovered.Last == 0;
        delivery = new WorkPump(TimeProvider.System, () => !hasResumed || actor.HasUndelivered, Deliver, DeliveryFailed)
        {
            RetryPause = RetryPause,
        };
        WakeDelivery();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        delivery.Stop();
        services.Options.ReportedNodes?.Clear();
        if (!actor.HasDiverged)
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
            if (journal.IsBroken || actor.HasDiverged)
                DeactivateOnIdle();
            else
                WakeDelivery();
        }
    }

    public ValueTask<Result<BudgetOutcomes>> PutBudgets(IReadOnlyList<Budget> put, string? by = null) =>
        actor.PutBudgets(put, by);

    public ValueTask<Result<BudgetOutcomes>> PutBudgetsWithin(
        IReadOnlyList<Budget> put, string? by, DateTimeOffset now) => actor.PutBudgetsWithin(put, by, now);

    public ValueTask<Result<bool>> RemoveBudget(string budget, string? by = null) =>
        actor.RemoveBudget(budget, by);

    public async ValueTask<Result<NodeOutcomes>> RegisterNodes(IReadOnlyList<Node> nodes)
    {
        var registered = await actor.RegisterNodes(nodes);
        await journal.SaveWhenDue(services.Options.SnapshotEvery, actor.Snapshot);
        return registered;
    }

    public ValueTask ForgetNode(string node) => actor.ForgetNode(node);

    public async ValueTask<string?> FlavorOf(string node) => await (await Newest()).FlavorOf(node);

    public ValueTask<Result<NodeUsage>> Report(string node, NodeUsage usage) => actor.Report(node, usage);

    public async ValueTask<IReadOnlyList<Budget>> Budgets() => await (await Newest()).Budgets();

    public async ValueTask<IReadOnlyList<string>> Flavors() => await (await Newest()).Flavors();

    public async ValueTask Resume()
    {
        await actor.Resume();
        hasResumed = true;
    }

    public ValueTask<ActorState> State()
    {
        var (sequence, state) = actor.Snapshot();
        return ValueTask.FromResult(new ActorState(sequence, state));
    }

    private DirectoryActor Recover(RecoveredState recovered)
    {
        var directory = new DirectoryActor(journal, services.Fleet, services.Options.ReportedNodes);
        recovered.Into(directory.Restore, directory.Replay);
        return directory;
    }

    /// <summary>The directory to read from: of what another activation wrote this one would learn by its next record
    /// only.</summary>
    private async ValueTask<DirectoryActor> Newest()
    {
        if (!journal.IsBroken && !await supersession.IsFoundByRead())
            return actor;
        DeactivateOnIdle();
        return Recover(await services.Journals.Read(Key, CancellationToken.None));
    }

    private void WakeDelivery()
    {
        if (!services.Options.Stepped)
            delivery.Wake();
    }

    private ValueTask Deliver() => hasResumed ? actor.Deliver() : Resume();

    private void DeliveryFailed(Exception failure)
    {
        services.Options.Retried?.Invoke("outbox", failure);
        NotDelivered(failure, string.Join(", ", actor.Undelivered));
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Budgets could not be passed on to flavors ({Flavors}); it is tried again.")]
    private partial void NotDelivered(Exception failure, string flavors);
}
