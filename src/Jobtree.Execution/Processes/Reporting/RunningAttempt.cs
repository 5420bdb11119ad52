namespace Jobtree.Execution.Processes.Reporting;

/// <summary>An attempt whose processes run.</summary>
/// <param name="Id">The attempt.</param>
/// <param name="OutputPath">The standard output of rank 0, which speaks for the run.</param>
/// <param name="Ranks">The ranks.</param>
/// <param name="Processes">The ranks' processes; each leads a session.</param>
internal sealed record RunningAttempt(
    AttemptId Id, string OutputPath, IReadOnlyList<Rank> Ranks, IReadOnlyList<RankRecord> Processes);
