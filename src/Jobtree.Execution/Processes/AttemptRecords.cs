using System.Text.Json.Serialization;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>The JSON of what an attempt's folder holds.</summary>
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
/// <param name="Stopped">Whether it was ended from outside: then nobody waits for a report.</param>
/// <param name="Succeeded">Whether every rank ended with exit code 0.</param>
/// <param name="Message">What to show for it.</param>
/// <param name="At">When.</param>
internal sealed record AttemptEnd(bool Stopped, bool Succeeded, string Message, DateTimeOffset At);

/// <summary>
/// One start of a run. The instant tells a run from an earlier one of the same name that was deleted: its attempts
/// count from 1 again.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="Attempt">Which start of it.</param>
/// <param name="StartedAt">When its leases began.</param>
internal readonly record struct AttemptId(RunKey Run, int Attempt, DateTimeOffset StartedAt)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Run} attempt {Attempt}";
}

/// <summary>That an attempt's processes exist, written before any of them may run its command.</summary>
/// <param name="Boot">The boot of the machine they belong to.</param>
/// <param name="Ranks">The processes.</param>
internal sealed record StartedRecord(string Boot, IReadOnlyList<RankRecord> Ranks);

/// <summary>A started rank, as it is remembered on disk.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="Pid">The process id of its session.</param>
/// <param name="StartTicks">When that process started, in clock ticks since boot: with the boot it tells a process from
/// a later one with its id.</param>
internal sealed record RankRecord(int Rank, int Pid, long StartTicks);
