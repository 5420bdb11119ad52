using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs.Loads;

/// <summary>
/// About how many bytes of memory a run takes while it is listed. A submitter chooses most of it: a run may have
/// hundreds of thousands of variables.
/// </summary>
public static class RunWeight
{
    /// <summary>The record itself, its places in tables, its demand, its journal, and its activation.</summary>
    private const long Least = 4_000;

    private const long PerText = 24;

    /// <summary>Two bytes in the record, one in the journal, and one for what is copied on the way.</summary>
    private const long PerCharacter = 4;

    private const long PerEntry = 64;

    /// <summary>The weight of a record, in bytes.</summary>
    /// <param name="run">The record.</param>
    public static long Of(RunRecord run) =>
        Of(run.Spec, run.Labels) + (run.SubmittedSpec is { } first ? Of(first, null) : 0);

    /// <summary>The weight of a run with a spec, in bytes.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="labels">The run's labels, if any.</param>
    public static long Of(RunSpec spec, IReadOnlyDictionary<string, string>? labels) => Least + Of(labels)
        + Of(spec.Locality?.Selector) + Of(spec.Funding?.Sponsors) + Of(spec.Follow) + Of(spec.Workload);

    private static long Of(Follow? follow) =>
        follow is null ? 0 : follow.After.Sum(static run => PerEntry + 2 * PerText + PerCharacter * run.Length);

    private static long Of(Workload? workload) => workload is null ? 0
        : Of(workload.Image) + Of(workload.Command) + Of(workload.Env) + Of(workload.Secrets)
            + (workload.Roles?.Sum(static role => PerEntry + Of(role.Name) + Of(role.Image) + Of(role.Command)
                + Of(role.Env) + Of(role.Secrets)) ?? 0);

    private static long Of(IReadOnlyDictionary<string, SecretReference>? secrets) =>
        secrets?.Sum(static secret => 2 * PerEntry + Of(secret.Key)) ?? 0;

    private static long Of(IReadOnlyDictionary<string, string>? texts) =>
        texts?.Sum(static text => PerEntry + Of(text.Key) + Of(text.Value)) ?? 0;

    private static long Of(IReadOnlyList<string>? texts) => texts?.Sum(Of) ?? 0;

    private static long Of(string? text) => text is null ? 0 : PerText + PerCharacter * text.Length;
}
