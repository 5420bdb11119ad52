namespace Jobtree.Execution.Processes;

/// <summary>A started rank, as it is remembered on disk.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="Pid">The process id of its session.</param>
/// <param name="StartTicks">When that process started, in clock ticks since boot: with the boot it tells a process from
/// a later one with its id.</param>
internal sealed record RankRecord(int Rank, int Pid, long StartTicks);
