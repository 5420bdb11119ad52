using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>What few runs have: kept apart, so that the others need no room for it.</summary>
/// <param name="SubmittedSpec">See <see cref="RunRecord.SubmittedSpec"/>.</param>
/// <param name="Labels">See <see cref="RunRecord.Labels"/>.</param>
/// <param name="TraceParent">See <see cref="RunRecord.TraceParent"/>.</param>
/// <param name="LastFactElsewhere">See <see cref="RunRecord.LastFactElsewhere"/>.</param>
/// <param name="EarlierOperations">See <see cref="RunRecord.EarlierOperations"/>.</param>
internal sealed record RunRarities(
    RunSpec? SubmittedSpec, IReadOnlyDictionary<string, string>? Labels, string? TraceParent,
    IReadOnlyDictionary<string, long>? LastFactElsewhere, IReadOnlyList<EarlierOperation>? EarlierOperations)
{
    public static RunRarities None { get; } = new(null, null, null, null, null);
}
