using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Grains;

/// <summary>What one repeat came to.</summary>
/// <param name="Count">How many were admitted.</param>
/// <param name="Waited">How many did not fit at once; they were cancelled, and are not counted.</param>
/// <param name="Took">In what time.</param>
/// <param name="Processor">With how much processor time of this process, completions included.</param>
/// <param name="Redis">And of Redis.</param>
/// <param name="Allocated">How many bytes of memory this process took meanwhile.</param>
/// <param name="Latencies">How long each took from the call to its answer.</param>
internal sealed record GrainMeasurement(
    long Count, long Waited, TimeSpan Took, TimeSpan Processor, TimeSpan Redis, long Allocated, Latencies Latencies)
{
    public double PerSecond => Count / Took.TotalSeconds;

    public double MicrosEach => Processor.TotalMicroseconds / Count;

    public double RedisMicrosEach => Redis.TotalMicroseconds / Count;

    public double BytesEach => (double)Allocated / Count;
}
