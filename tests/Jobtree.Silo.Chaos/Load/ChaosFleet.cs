using System.Globalization;
using System.Text;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>
/// The fleet of the test: two flavors of 16 nodes with 64 GPUs, and four owners: a parent with two children, who share,
/// and a lab that lends to them. Together they own less than there is, so that there is always unfunded work too.
/// </summary>
internal static class ChaosFleet
{
    /// <summary>Its flavors.</summary>
    public static IReadOnlyList<string> Flavors { get; } = ["H100", "A100"];

    /// <summary>Owners of runs; the last has no budget.</summary>
    public static IReadOnlyList<string> Owners { get; } = ["org:ai", "org:ai:rai", "org:ai:mm", "org:lab", "org:guest"];

    /// <summary>The owner that lends.</summary>
    public const string Lender = "org:lab";

    private const int NodesOfFlavor = 16;
    private const int NodesOfDomain = 4;

    private static readonly (string Name, string Owner, string Parents, int Gpus)[] Budgets = [
        ("ai", "org:ai", "", 128), ("rai", "org:ai:rai", "org:ai", 256), ("mm", "org:ai:mm", "org:ai", 128),
        ("lab", Lender, "", 256)];

    /// <summary>Its manifests as YAML.</summary>
    public static string Manifests()
    {
        var text = new StringBuilder();
        foreach (var flavor in Flavors)
        {
            for (var node = 1; node <= NodesOfFlavor; node++)
            {
                var domain = (node - 1) / NodesOfDomain;
                text.Append(CultureInfo.InvariantCulture, $$"""
                    ---
                    apiVersion: jobtree.dev/v1
                    kind: Node
                    metadata:
                      name: {{flavor.ToLowerInvariant()}}-{{node:00}}
                      labels: {region: eu, fabric.domain: {{flavor.ToLowerInvariant()}}-d{{domain}} }
                    spec: {flavor: {{flavor}}, gpus: 64}

                    """);
            }
        }
        foreach (var (name, owner, parents, gpus) in Budgets)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                ---
                apiVersion: jobtree.dev/v1
                kind: Budget
                metadata: {name: {{name}}}
                spec:
                  owner: {{owner}}
                  parents: [{{parents}}]
                  envelopes:

                """);
            foreach (var flavor in Flavors)
            {
                var lending = owner == Lender
                    ? $", lending: {{allow: true, to: [\"org:ai:*\"], maxConcurrency: {gpus / 2}}}" : "";
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"  - {{name: {flavor.ToLowerInvariant()}, flavor: {flavor}, concurrency: {gpus}, start: " +
                    $"2026-01-01T00:00:00Z, end: 2036-01-01T00:00:00Z{lending}}}");
            }
        }
        return text.ToString();
    }
}
