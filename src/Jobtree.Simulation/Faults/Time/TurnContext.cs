namespace Jobtree.Simulation.Faults.Time;

/// <summary>
/// Where the code of one activation, or of one caller, goes on after each await: one piece at a time, in order, at an
/// instant that the seed draws. What belongs to the dead never goes on.
/// </summary>
/// <param name="loop">What is due when.</param>
/// <param name="chance">The draws of this context.</param>
internal sealed class TurnContext(EventLoop loop, Chance chance) : SynchronizationContext
{
    private static readonly long JitterMax = TimeSpan.FromMicroseconds(50).Ticks;
    private static readonly long StallMax = TimeSpan.FromSeconds(3).Ticks;
    private const double StallRate = 0.001;
    private const ulong Jitter = 1;
    private const ulong Stalls = 2;
    private const ulong Stall = 3;

    private ulong posted;
    private long last = -1;

    /// <summary>Whether its process is gone.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Ends everything here at its present await.</summary>
    public void Die() => IsDead = true;

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsDead)
            return;
        var key = posted++;
        var wait = chance.Below(JitterMax, Jitter, key);
        if (chance.Hits(StallRate, Stalls, key))
            wait += chance.Below(StallMax, Stall, key);
        last = Math.Max(last + 1, loop.Now + wait);
        loop.At(last, () => Run(d, state));
    }

    /// <summary>Begins an asynchronous method here.</summary>
    /// <param name="method">The method; it handles its own failures.</param>
    public void Begin(Func<Task> method) => Post(static begun => _ = ((Func<Task>)begun!)(), method);

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("One thread runs everything here; waiting for it would be for ever.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    private void Run(SendOrPostCallback callback, object? state)
    {
        if (IsDead)
            return;
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
