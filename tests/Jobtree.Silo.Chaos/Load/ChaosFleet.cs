using System.Globalization;
using System.Text;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>
/// The fleet of the test: two flavors with 1024 GPUs, one on nodes of 64 and one on nodes of 32, and four owners: a
/// parent with two children, who share, and a lab that lends to them. Together they own less than there is, so that
/// there is always unfunded work too. Of a third, small flavor two owners may claim each the whole, so that what one is
/// promised of it moves and moves, and lots are drawn.
/// </summary>
internal static class ChaosFleet
{
    /// <summary>The flavor that has less than its owners may claim. Nothing is promised about its admissions.</summary>
    public const string Contested = "L40";

    /// <summary>Flavors that admit at any time.</summary>
    public static IReadOnlyList<string> Flavors { get; } = ["H100", SmallNodes];

    /// <summary>The one of them with smaller nodes.</summary>
    public const string SmallNodes = "A100";

    /// <summary>How many GPUs those have.</summary>
    public const int SmallNodeGpus = 32;

    /// <summary>How many GPUs a node of the contested flavor has.</summary>
    public const int ContestedNodeGpus = 16;

    /// <summary>All flavors.</summary>
    public static IReadOnlyList<string> AllFlavors { get; } = [.. Flavors, Contested];

    /// <summary>Owners of runs; the last has no budget.</summary>
    public static IReadOnlyList<string> Owners { get; } = ["org:ai", "org:ai:rai", "org:ai:mm", "org:lab", Guest];

    /// <summary>The owner without a budget.</summary>
    public const string Guest = "org:guest";

    /// <summary>The owner that lends, and that holds what is contested.</summary>
    public const string Lender = "org:lab";

    /// <summary>The owner of gangs, who has little of what is contested.</summary>
    public const string Asker = "org:ai:rai";

    /// <summary>The names of the budgets.</summary>
    public static IReadOnlyList<string> BudgetNames { get; } = [.. Budgets.Select(budget => budget.Name)];

    private const int FlavorGpus = 1024;
    private const int LargeNodeGpus = 64;
    private const int ContestedGpus = 64;
    private const int NodesOfDomain = 4;

    private static (string Name, string Owner, string Parents, int Gpus)[] Budgets => [
        ("ai", "org:ai", "", 128), ("rai", Asker, "org:ai", 256), ("mm", "org:ai:mm", "org:ai", 128),
        ("lab", Lender, "", 256)];

    /// <summary>The names of a flavor's nodes.</summary>
    public static IReadOnlyList<string> NodesOf(string flavor) =>
        [.. Enumerable.Range(1, (flavor == Contested ? ContestedGpus : FlavorGpus) / NodeGpus(flavor)).Select(
            node => string.Create(CultureInfo.InvariantCulture, $"{flavor.ToLowerInvariant()}-{node:00}"))];

    private static int NodeGpus(string flavor) => flavor switch
    {
        Contested => ContestedNodeGpus,
        SmallNodes => SmallNodeGpus,
        _ => LargeNodeGpus,
    };

    /// <summary>Its manifests as YAML.</summary>
    public static string Manifests()
    {
        var text = new StringBuilder();
        foreach (var flavor in AllFlavors)
        {
            foreach (var (at, node) in NodesOf(flavor).Index())
            {
                text.Append(CultureInfo.InvariantCulture, $$"""
                    ---
                    apiVersion: jobtree.dev/v1
                    kind: Node
                    metadata:
                      name: {{node}}
                      labels: {region: eu, fabric.domain: {{flavor.ToLowerInvariant()}}-d{{at / NodesOfDomain}} }
                    spec: {flavor: {{flavor}}, gpus: {{NodeGpus(flavor)}}}

                    """);
            }
        }
        foreach (var name in BudgetNames)
            text.Append(Budget(name, 1));
        return text.ToString();
    }

    /// <summary>A budget's manifest as YAML.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="part">The part of its GPUs that it has, 0 to 1.</param>
    public static string Budget(string name, double part)
    {
        var (_, owner, parents, gpus) = Budgets.Single(budget => budget.Name == name);
        var text = new StringBuilder();
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
        foreach (var flavor in AllFlavors)
        {
            var isContested = flavor == Contested;
            if (isContested && owner is not (Lender or Asker))
                continue;
            var lending = owner == Lender && !isContested
                ? $", lending: {{allow: true, to: [\"org:ai:*\"], maxConcurrency: {gpus / 2}}}" : "";
            text.AppendLine(CultureInfo.InvariantCulture,
                $"  - {{name: {flavor.ToLowerInvariant()}, flavor: {flavor}, concurrency: " +
                $"{(int)((isContested ? ContestedGpus : gpus) * part)}, start: " +
                $"2026-01-01T00:00:00Z, end: 2036-01-01T00:00:00Z{lending}}}");
        }
        return text.ToString();
    }
}
