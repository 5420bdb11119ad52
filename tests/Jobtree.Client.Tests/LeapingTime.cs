namespace Jobtree.Client.Tests;

/// <summary>The system's clock, but for leaps that a test makes.</summary>
internal sealed class LeapingTime : TimeProvider
{
    private long leapt;

    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref leapt);

    public void Leap(TimeSpan time) => Interlocked.Add(ref leapt, (long)(time.TotalSeconds * TimestampFrequency));
}
