using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Api.Auditing;

/// <summary>What a route tells the audit log of the command that it serves.</summary>
internal sealed class AuditNote
{
    private readonly List<AuditChange> changes = [];

    /// <summary>What was changed; empty: nothing, or nothing that could be told apart.</summary>
    public IReadOnlyList<AuditChange> Changes => changes;

    /// <summary>What the command is about, also if it fails.</summary>
    public string? Target { get; set; }

    /// <summary>What the target was before.</summary>
    public string? Before { get; set; }

    /// <summary>Whether the command changed nothing because it was only a question.</summary>
    public bool IsQuestion { get; set; }

    /// <summary>Tells of a change of the target.</summary>
    public void Add(string? after) => changes.Add(new AuditChange(Target, Before, after));

    /// <summary>Tells of the documents that a command changed.</summary>
    /// <param name="applied">What became of each.</param>
    /// <param name="before">What was before, by kind and name.</param>
    /// <param name="after">What is now, by kind and name.</param>
    public void Add(IReadOnlyList<Applied> applied, IReadOnlyDictionary<string, string> before,
        IReadOnlyDictionary<string, string> after)
    {
        foreach (var one in applied.Where(one => one.Outcome != "unchanged"))
        {
            var target = $"{one.Kind} {one.Name}";
            changes.Add(new AuditChange(target, before.GetValueOrDefault(target),
                after.TryGetValue(target, out var words) ? $"{one.Outcome}: {words}" : one.Outcome));
        }
    }
}

/// <summary>One change.</summary>
/// <param name="Target">What was changed.</param>
/// <param name="Before">What it was before; absent: it was not, or it was not looked at.</param>
/// <param name="After">What it is now.</param>
internal sealed record AuditChange(string? Target, string? Before, string? After);

/// <summary>Things in a few words. Only names and numbers: what a manifest gives to a workload may be secret.</summary>
internal static class AuditWords
{
    private const int LengthMax = 200;

    public static string Target(RunKey run) => $"Run {run}";

    public static string Of(RunManifest run) => run.Status is { } status
        ? $"{status.Phase}, attempt {status.Attempt}, {status.Width?.Allocated ?? 0} of "
            + $"{run.Spec.Resources.TotalGPUs} {run.Spec.Resources.GpuType}"
        : $"{run.Spec.Resources.TotalGPUs} {run.Spec.Resources.GpuType} for {run.Spec.Owner ?? "the default owner"}";

    public static string Of(Budget budget) => Short($"{budget.Owner}: " + string.Join(", ",
        budget.Envelopes.Select(envelope => $"{envelope.Name} {envelope.Concurrency} {envelope.Flavor}")));

    public static string Of(Node node) => $"{node.Gpus} {node.Flavor}, {node.State}";

    /// <summary>Documents by kind and name.</summary>
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<Manifest> manifests)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var manifest in manifests)
        {
            var (target, text) = manifest switch
            {
                RunManifest { GeneratesName: false } run => (Target(run.Key), Of(run with { Status = null })),
                BudgetManifest { Budget: var budget } => ($"Budget {budget.Key}", Of(budget)),
                NodeManifest { Node: var node } => ($"Node {node.Name}", Of(node)),
                _ => ("", ""),
            };
            words[target] = text;
        }
        return words;
    }

    private static string Short(string text) => text.Length <= LengthMax ? text : text[..LengthMax] + "…";
}
