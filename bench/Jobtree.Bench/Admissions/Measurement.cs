using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Admissions;

/// <summary>What one repeat came to.</summary>
/// <param name="Count">How many were admitted.</param>
/// <param name="Waited">How many did not fit at once; they were cancelled, and are not counted.</param>
/// <param name="Took">In what time.</param>
/// <param name="Processor">With how much processor time of this process, completions and journal included.</param>
/// <param name="Allocated">How many bytes of memory this process took meanwhile, completions and journal included: all
/// of it becomes garbage or state.</param>
/// <param name="Latencies">How long each took.</param>
internal sealed record Measurement(
    long Count, long Waited, TimeSpan Took, TimeSpan Processor, long Allocated, Latencies Latencies)
{
    public double MicrosEach => Processor.TotalMicroseconds / Count;

    public double BytesEach => (double)Allocated / Count;

    public double PerSecond => Count / Took.TotalSeconds;
}
