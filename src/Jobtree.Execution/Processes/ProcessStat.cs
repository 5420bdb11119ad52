namespace Jobtree.Execution.Processes;

/// <summary>What is needed of a process's state.</summary>
/// <param name="Session">Its session.</param>
/// <param name="StartTicks">When it started, in clock ticks since boot.</param>
internal readonly record struct ProcessStat(int Session, long StartTicks);
