namespace Jobtree.Silo.Clocks;

/// <summary>
/// The time that the fleet decides by. It starts at the wall clock and goes on at the pace of the monotonic clock, so
/// it never steps and never moves back. Small differences from the wall clock are made good little by little. A step of
/// the wall clock is not followed: windows would close and work be charged for hours that never passed. It is reported
/// until the two agree again, or the host is started anew, which takes the wall clock as it is then.
/// </summary>
/// <param name="monotonic">Timestamps and timers.</param>
/// <param name="wall">The wall clock.</param>
internal sealed class LedgerClock(TimeProvider monotonic, Func<DateTimeOffset> wall) : TimeProvider
{
    /// <summary>A larger difference between wall clock and ledger is a step, which is not followed.</summary>
    public static readonly TimeSpan StepMin = TimeSpan.FromSeconds(5);

    /// <summary>How often the wall clock is looked at.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The most that is made good between two looks; less than <see cref="LookEvery"/>, so time goes on.
    /// </summary>
    public static readonly TimeSpan CorrectionMax = TimeSpan.FromMilliseconds(50);

    private Anchor anchor = new(monotonic.GetTimestamp(), wall(), TimeSpan.Zero);
    private string? disagreement;

    /// <summary>A clock over the system's.</summary>
    public static LedgerClock OfSystem() => new(System, System.GetUtcNow);

    /// <summary>Why the ledger's time is not the wall clock's, as an operator is told; null: they agree.</summary>
    public string? Disagreement => Volatile.Read(ref disagreement);

    public override long TimestampFrequency => monotonic.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        var from = Volatile.Read(ref anchor);
        return from.At(monotonic.GetElapsedTime(from.Timestamp));
    }

    public override long GetTimestamp() => monotonic.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        monotonic.CreateTimer(callback, state, dueTime, period);

    /// <summary>Compares the two clocks; called every <see cref="LookEvery"/> by one caller at a time.</summary>
    public void Look()
    {
        var timestamp = monotonic.GetTimestamp();
        var from = Volatile.Read(ref anchor);
        var now = from.At(monotonic.GetElapsedTime(from.Timestamp, timestamp));
        var difference = wall() - now;
        var isStep = difference.Duration() >= StepMin;
        var correction = isStep ? 0 : Math.Clamp(difference.Ticks, -CorrectionMax.Ticks, CorrectionMax.Ticks);
        Volatile.Write(ref anchor, new Anchor(timestamp, now, TimeSpan.FromTicks(correction)));
        Volatile.Write(ref disagreement, isStep ? Sentence(difference) : null);
    }

    private static string Sentence(TimeSpan difference) =>
        $"The wall clock is {difference.Duration():d\\.hh\\:mm\\:ss} "
        + $"{(difference > TimeSpan.Zero ? "ahead of" : "behind")} the ledger's time: it stepped. "
        + "The ledger's time goes on at the pace of real time until the two agree; a "
        + "restart of the host takes the wall clock's.";

    /// <summary>Where the ledger's time was at a timestamp, and what is to be made good from there.</summary>
    private sealed record Anchor(long Timestamp, DateTimeOffset Time, TimeSpan Correction)
    {
        public DateTimeOffset At(TimeSpan elapsed) =>
            Time + elapsed + (Correction * Math.Min(1, elapsed / LookEvery));
    }
}
