using Jobtree.Core.Model;

namespace Jobtree.Actors.Reporting;

/// <summary>A run and what was reported about it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Telemetry">The values of its running attempt.</param>
public sealed record ReportedRun(RunKey Run, RunTelemetry Telemetry);
