namespace Jobtree.Simulation.Replay;

/// <summary>One stretch in which a job held its GPUs.</summary>
/// <param name="Start">When it got them, from the trace's start.</param>
/// <param name="End">When it gave them back.</param>
/// <param name="Lost">How much of the stretch has to be run again because the job was cut; zero when it
/// completed.</param>
internal readonly record struct RunSegment(TimeSpan Start, TimeSpan End, TimeSpan Lost = default)
{
    /// <summary>How long it held them.</summary>
    public TimeSpan Length => End - Start;
}
