namespace Jobtree.Silo.Clocks;

/// <summary>
/// The time by which the fleet decides. It starts at the wall clock, within bounds that <see cref="Continue"/> and
/// <see cref="Follow"/> set, and advances with the monotonic clock, so it never steps and never moves back. Small
/// differences from the wall clock are corrected gradually. A step of the wall clock is not followed: windows would
/// close, and work would be charged for hours that never passed. The step is reported until the clocks agree again or
/// the host restarts, which reads the wall clock anew.
/// </summary>
/// <param name="monotonic">Timestamps and timers.</param>
/// <param name="wall">The wall clock.</param>
internal sealed class LedgerClock(TimeProvider monotonic, Func<DateTimeOffset> wall) : TimeProvider
{
    /// <summary>A larger difference between wall clock and ledger is a step and is not followed.</summary>
    public static readonly TimeSpan StepMin = TimeSpan.FromSeconds(5);

    /// <summary>How often the wall clock is checked.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The largest correction between two checks; less than <see cref="LookEvery"/>, so time always advances.
    /// </summary>
    public static readonly TimeSpan CorrectionMax = TimeSpan.FromMilliseconds(50);

    private Anchor anchor = new(monotonic.GetTimestamp(), wall(), TimeSpan.Zero);
    private string? disagreement;
    private TimeSpan aheadMax = TimeSpan.MaxValue;

    /// <summary>What is added to the wall clock: what another clock, which is followed, has more.</summary>
    private TimeSpan other;

    /// <summary>By how much the ledger's time began ahead of the wall clock and is not overtaken yet.</summary>
    private TimeSpan lead;

    /// <summary>A clock based on the system's.</summary>
    public static LedgerClock OfSystem() => new(System, System.GetUtcNow);

    /// <summary>Why the ledger's time differs from the wall clock, for operators; null: they agree.</summary>
    public string? Disagreement => Volatile.Read(ref disagreement);

    /// <summary>What differed from the wall clock when the time began, for operators; null: nothing.</summary>
    public string? BeganBecause { get; private set; }

    /// <summary>The ledger's time minus the wall clock's.</summary>
    public TimeSpan Offset => GetUtcNow() - wall();

    public override long TimestampFrequency => monotonic.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        var from = Volatile.Read(ref anchor);
        return from.At(monotonic.GetElapsedTime(from.Timestamp));
    }

    public override long GetTimestamp() => monotonic.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        monotonic.CreateTimer(callback, state, dueTime, period);

    /// <summary>
    /// Begins where an earlier process was, before anything is decided. The time does not go back: if the wall clock is
    /// behind, it goes slower until it is overtaken. Nor does it leap: if the wall clock is too far ahead, that is a
    /// step.
    /// </summary>
    /// <param name="last">The ledger's time of an earlier process.</param>
    /// <param name="max">How far the wall clock may be ahead of it.</param>
    public void Continue(DateTimeOffset last, TimeSpan max)
    {
        aheadMax = max;
        // The wall clock may have been put right since this clock was made.
        var real = wall();
        Begin(real);
        var difference = real - last;
        if (difference >= TimeSpan.Zero && difference <= max)
            return;
        if (difference < TimeSpan.Zero)
            lead = -difference;
        if (lead >= StepMin)
            BeganBecause = $"The wall clock is {lead:d\\.hh\\:mm\\:ss} behind the ledger's time when the silo ran "
                + "last. The ledger's time goes on from there, 5 % slower until the two agree.";
        Begin(last);
        Look();
    }

    /// <summary>Follows another clock, one that all silos of a cluster share, before anything is decided.</summary>
    /// <param name="now">The time of that clock.</param>
    public void Follow(DateTimeOffset now)
    {
        var real = wall();
        Begin(real);
        var difference = now - real;
        if (difference.Duration() < StepMin)
            return;
        other = difference;
        BeganBecause = $"The wall clock is {difference.Duration():d\\.hh\\:mm\\:ss} "
            + $"{(difference < TimeSpan.Zero ? "ahead of" : "behind")} the clock of Redis, by which the fleet decides.";
        Begin(now);
    }

    /// <summary>Compares the two clocks; called every <see cref="LookEvery"/> by one caller at a time.</summary>
    public void Look()
    {
        var timestamp = monotonic.GetTimestamp();
        var from = Volatile.Read(ref anchor);
        var now = from.At(monotonic.GetElapsedTime(from.Timestamp, timestamp));
        var real = wall();
        // A wall clock that was wrong at the start and was put right.
        if ((real - now).Duration() < StepMin)
            other = TimeSpan.Zero;
        var target = real + other;
        lead = TimeSpan.FromTicks(Math.Max(0, Math.Min(lead.Ticks, (now - target).Ticks) - CorrectionMax.Ticks));
        var difference = target + lead - now;
        var isStep = difference.Duration() >= StepMin;
        var correction = isStep ? 0 : Math.Clamp(difference.Ticks, -CorrectionMax.Ticks, CorrectionMax.Ticks);
        Volatile.Write(ref anchor, new Anchor(timestamp, now, TimeSpan.FromTicks(correction)));
        Volatile.Write(ref disagreement, isStep ? Sentence(difference) : null);
    }

    private void Begin(DateTimeOffset at) =>
        Volatile.Write(ref anchor, new Anchor(monotonic.GetTimestamp(), at, TimeSpan.Zero));

    private string Sentence(TimeSpan difference) =>
        $"The wall clock is {difference.Duration():d\\.hh\\:mm\\:ss} "
        + $"{(difference > TimeSpan.Zero ? "ahead of" : "behind")} the ledger's time: it stepped. "
        + "The ledger's time goes on at the pace of real time until the two agree; "
        + (difference > aheadMax ? "if the wall clock is right, restart the host with more --clock-ahead-max-days."
            : "a restart of the host goes by the wall clock, but not back.");

    /// <summary>The ledger's time at a timestamp, and the correction to apply from there.</summary>
    private sealed record Anchor(long Timestamp, DateTimeOffset Time, TimeSpan Correction)
    {
        public DateTimeOffset At(TimeSpan elapsed) =>
            Time + elapsed + (Correction * Math.Min(1, elapsed / LookEvery));
    }
}
