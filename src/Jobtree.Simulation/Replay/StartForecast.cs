namespace Jobtree.Simulation.Replay;

/// <summary>What a scheduler said of when a waiting job would start. Times count from the trace's start.</summary>
/// <param name="MadeAt">When it said so.</param>
/// <param name="Median">The start that it held for as likely too early as too late.</param>
/// <param name="P90">The start that it held for late enough nine times in ten.</param>
internal readonly record struct StartForecast(TimeSpan MadeAt, TimeSpan Median, TimeSpan P90);
