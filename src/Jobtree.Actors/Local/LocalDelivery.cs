using Jobtree.Actors.Flavors;

namespace Jobtree.Actors.Local;

/// <summary>
/// Delivers what a flavor has to tell, in the background. What concerns a run goes at once; what only envelopes are to
/// meter waits a moment, so that one message and one record of their journals holds many changes.
/// </summary>
internal sealed class LocalDelivery : IThreadPoolWorkItem, IDisposable
{
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(5);

    private const int Idle = 0;
    private const int Lingering = 1;
    private const int Delivering = 2;

    private readonly FlavorActor flavor;
    private readonly FlavorCourier courier;
    private readonly Action<Exception> failed;
    private readonly ITimer timer;
    private int stage;

    public LocalDelivery(FlavorActor flavor, FlavorCourier courier, Action<Exception> failed)
    {
        (this.flavor, this.courier, this.failed) = (flavor, courier, failed);
        // Not the fleet's clock: nothing is decided by it, and gathering goes on while a test's clock stands still.
        timer = TimeProvider.System.CreateTimer(static delivery => ((LocalDelivery)delivery!).LingerEnded(), this,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Sees to it that what there is to tell is delivered soon. What could not be delivered stays until this is called
    /// again.
    /// </summary>
    public void Wanted()
    {
        if (!flavor.HasUrgent)
        {
            if (Interlocked.CompareExchange(ref stage, Lingering, Idle) == Idle)
                timer.Change(Linger, Timeout.InfiniteTimeSpan);
            return;
        }
        if (Interlocked.Exchange(ref stage, Delivering) != Delivering)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute() => _ = Deliver();

    public void Dispose() => timer.Dispose();

    private void LingerEnded()
    {
        if (Interlocked.CompareExchange(ref stage, Delivering, Lingering) == Lingering)
            Execute();
    }

    private async Task Deliver()
    {
        Exception? failure = null;
        try
        {
            await courier.Deliver();
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }
        Interlocked.Exchange(ref stage, Idle);
        if (failure is not null)
            failed(failure);
        else if (flavor.HasUndelivered)
            Wanted();
    }
}
