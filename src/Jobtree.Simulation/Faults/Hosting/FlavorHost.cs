using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Faults.Breaks;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>
/// A flavor, hosted as its grain hosts it: calls interleave where they await the journal, facts are delivered and
/// snapshots saved in the background, and an alarm rings when something is due.
/// </summary>
internal sealed class FlavorHost(World world, Silo silo, ActorKey actor, ulong number)
    : Host(world, silo, actor, number)
{
    private static readonly long RetryPause = TimeSpan.FromSeconds(1).Ticks;
    private static readonly long SetAsidePause = TimeSpan.FromSeconds(30).Ticks;
    private static readonly long Linger = TimeSpan.FromMilliseconds(5).Ticks;

    private static readonly HashSet<string> Decisions =
    [
        nameof(IFlavor.Admit), nameof(IFlavor.CanAdmit), nameof(IFlavor.Close), nameof(IFlavor.FindClosed),
        nameof(IFlavor.Amend), nameof(IFlavor.Withdraw), nameof(IFlavor.Resize), nameof(IFlavor.PutNodes),
        nameof(IFlavor.SetNodeState), nameof(IFlavor.RemoveNode), nameof(IFlavor.PutBudgets), nameof(IFlavor.Tick),
    ];

    private FlavorActor flavor = null!;
    private FlavorCourier courier = null!;
    private ReversedCourier? reversed;
    private DateTimeOffset? alarmAt;
    private bool isDelivering;
    private bool isSaving;
    private bool isRetrying;

    /// <summary>Its state, to be read between two steps.</summary>
    public FlavorState State => flavor.State;

    /// <summary>Whether something is still to be delivered.</summary>
    public bool HasUndelivered => flavor.HasUndelivered || flavor.HasSetAside;

    /// <inheritdoc/>
    public override async ValueTask<T> Serve<T>(
        string method, object?[] args, Func<object, object?[], ValueTask<T>> call)
    {
        var answer = await call(flavor, args);
        // A decision is durable when it is answered; what else an answer shows may not be yet.
        if (!Decisions.Contains(method) && !World.Store.IsAway)
            await flavor.Durable;
        if (!Decisions.Contains(method) || method is nameof(IFlavor.FindClosed) or nameof(IFlavor.Tick)
            or nameof(IFlavor.PutBudgets))
            RetireIfSuperseded();
        return answer;
    }

    /// <inheritdoc/>
    protected override async Task Activate()
    {
        var recovered = await Recover();
        flavor = new FlavorActor(Actor.Name, Journal!, Silo.Clock, World.Options.Scheduler)
        {
            Distort = Distortions.Of(World.Options.Broken),
        };
        courier = new FlavorCourier(flavor, Silo.Fleet) { MayBlameReceiver = () => !World.Store.IsAway };
        if (World.Options.Broken == BrokenRule.Order)
            reversed = new ReversedCourier(flavor, Silo.Fleet);
        recovered.Into(flavor.Restore, flavor.Replay);
        flavor.Delivered(recovered.DeliveredUpTo);
        World.Watch.Recovered(flavor.State);
    }

    /// <inheritdoc/>
    protected override bool MayInterleave(string call) => true;

    /// <inheritdoc/>
    protected override void AfterCall()
    {
        if (Journal!.IsBroken || flavor.HasDiverged)
        {
            Retire();
            return;
        }
        if (flavor.State.Sequence == 0)
            return;
        if (!isDelivering && flavor.HasUndelivered)
            Turns.Begin(Deliver);
        if (!isSaving && Journal.SinceSnapshot >= World.Options.SnapshotEvery)
            Turns.Begin(Save);
        if (!isRetrying && flavor.HasSetAside)
            Turns.Begin(RetrySetAside);
        SetAlarm();
    }

    private async Task Deliver()
    {
        if (isDelivering)
            return;
        isDelivering = true;
        while (!IsRetired && flavor.HasUndelivered)
        {
            try
            {
                if (!flavor.HasUrgent)
                    await World.Loop.Delay(Linger);
                await (reversed is null ? courier.Deliver() : reversed.Deliver());
            }
            catch (Exception failure)
            {
                World.Judge(this, failure);
                await World.Loop.Delay(RetryPause);
            }
        }
        isDelivering = false;
    }

    private async Task Save()
    {
        if (isSaving)
            return;
        isSaving = true;
        try
        {
            var snapshot = flavor.Snapshot();
            var bytes = JsonSerializer.SerializeToUtf8Bytes(snapshot, FlavorJson.Default.FlavorActorSnapshot);
            await flavor.Durable;
            await Journal!.Save(snapshot.State.Sequence, bytes);
        }
        catch (IOException)
        {
            await World.Loop.Delay(RetryPause);
        }
        isSaving = false;
    }

    private async Task RetrySetAside()
    {
        if (isRetrying)
            return;
        isRetrying = true;
        while (!IsRetired && flavor.HasSetAside)
        {
            await World.Loop.Delay(SetAsidePause);
            try
            {
                await courier.RetrySetAside();
            }
            catch (Exception failure)
            {
                World.Judge(this, failure);
            }
        }
        isRetrying = false;
    }

    private void SetAlarm()
    {
        if (flavor.NextWake is not { } due || alarmAt <= due)
            return;
        alarmAt = due;
        World.Loop.In((due - Silo.Clock.GetUtcNow()).Ticks, () =>
        {
            if (alarmAt == due && !IsRetired)
                Turns.Begin(Ring);
        });
    }

    private async Task Ring()
    {
        alarmAt = null;
        try
        {
            await flavor.Tick();
        }
        catch (Exception failure)
        {
            World.Judge(this, failure);
            await World.Loop.Delay(RetryPause);
        }
        if (!IsRetired)
            AfterCall();
    }
}
