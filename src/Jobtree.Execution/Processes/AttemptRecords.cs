using System.Text.Json.Serialization;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>JSON serialization of the files in an attempt's folder.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(Launch))]
[JsonSerializable(typeof(StartedRecord))]
[JsonSerializable(typeof(AttemptEnd))]
internal sealed partial class AttemptJson : JsonSerializerContext;

/// <summary>How an attempt ended.</summary>
/// <param name="Stopped">Whether the attempt was stopped from outside; then no report is expected.</param>
/// <param name="Succeeded">Whether every rank ended with exit code 0, but for those whose failure is
/// ignored.</param>
/// <param name="Message">The message to show.</param>
/// <param name="At">When the attempt ended.</param>
internal sealed record AttemptEnd(bool Stopped, bool Succeeded, string Message, DateTimeOffset At);

/// <summary>
/// One start of a run. The instant distinguishes the run from a deleted one of the same name, whose attempts also count
/// from 1.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">The number of the start.</param>
/// <param name="StartedAt">When the leases began.</param>
internal readonly record struct AttemptId(RunKey Run, int Attempt, DateTimeOffset StartedAt)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Run} attempt {Attempt}";
}

/// <summary>Records that an attempt's processes exist; written before any of them may run its command.</summary>
/// <param name="Boot">The boot id of the machine at that time.</param>
/// <param name="Ranks">The processes.</param>
/// <param name="MasterPort">The port for rank 0; a pod that is started again is told the same.</param>
/// <param name="Group">The control group of the processes; null: they have none.</param>
internal sealed record StartedRecord(
    string Boot, IReadOnlyList<RankRecord> Ranks, int MasterPort = 0, string? Group = null);

/// <summary>A started rank, as stored on disk.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="Pid">The process id of the session leader.</param>
/// <param name="StartTicks">When that process started, in clock ticks since boot. With the boot id it distinguishes the
/// process from a later one with the same id.</param>
/// <param name="Restarts">How often it was started again.</param>
internal sealed record RankRecord(int Rank, int Pid, long StartTicks, int Restarts = 0);
