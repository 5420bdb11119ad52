using System.Collections.Immutable;
using System.Globalization;
using Jobtree.Core.Model;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Replay;

/// <summary>
/// The nodes and budgets of a Jobtree replay: equal nodes in fabric domains, and one owner per virtual cluster under a
/// common parent. Each owner has an envelope in proportion to its cluster's GPU-time in the trace.
/// </summary>
internal sealed class ReplayFleet
{
    /// <summary>The parent owner of all virtual clusters.</summary>
    public const string Parent = "org:trace";

    // A label of every node. It is part of the ledger's first entries, because lotteries are seeded from the ledger's
    // head.
    private const string SeedLabel = "trace.seed";
    private const int NameLengthMax = 48;

    /// <summary>Creates the fleet for a trace.</summary>
    public ReplayFleet(JobTrace trace, ReplayOptions options)
    {
        Nodes = [.. Enumerable.Range(0, options.Nodes).Select(index => Node(index, options))];
        Namespaces = Names(trace.Clusters);
        var widths = LargestRemainder.Split(
            (int)Math.Round(options.FleetGpus * options.Overcommit), trace.GpuHoursByCluster());
        Budgets = [.. trace.Clusters.Select((cluster, index) => Budget(Namespaces[cluster], widths[index], options))];
    }

    /// <summary>The nodes.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>
    /// One budget per virtual cluster, in the order of <see cref="JobTrace.Clusters"/>; its windows cover any replay.
    /// </summary>
    public ImmutableArray<Budget> Budgets { get; }

    /// <summary>
    /// The namespace of each virtual cluster: a valid, unique DNS label. It is also the last part of the cluster's
    /// owner.
    /// </summary>
    public ImmutableDictionary<string, string> Namespaces { get; }

    /// <summary>The owner of a virtual cluster's runs.</summary>
    /// <param name="cluster">The virtual cluster.</param>
    public string Owner(string cluster) => $"{Parent}:{Namespaces[cluster]}";

    private static Node Node(int index, ReplayOptions options) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"node-{index:00000}"),
        Flavor = options.Flavor,
        Gpus = options.GpusPerNode,
        Labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [NodeLabels.Region] = "trace",
            [NodeLabels.Cluster] = "trace",
            [SeedLabel] = options.Seed.ToString(CultureInfo.InvariantCulture),
            [NodeLabels.FabricDomain] = string.Create(
                CultureInfo.InvariantCulture, $"domain-{index / options.NodesPerDomain:0000}"),
        },
    };

    private static Budget Budget(string name, int width, ReplayOptions options) => new()
    {
        Name = name,
        Namespace = name,
        Owner = $"{Parent}:{name}",
        Parents = [Parent],
        Envelopes =
        [
            new Envelope
            {
                Name = "main",
                Flavor = options.Flavor,
                Concurrency = width,
                Start = options.Epoch - TimeSpan.FromDays(1),
                End = options.Epoch + TimeSpan.FromDays(36_500),
            },
        ],
    };

    private static ImmutableDictionary<string, string> Names(ImmutableArray<string> clusters)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return clusters.ToImmutableDictionary(
            cluster => cluster, cluster => Unique(Label(cluster), taken), StringComparer.Ordinal);
    }

    private static string Unique(string label, HashSet<string> taken)
    {
        var name = label;
        for (var suffix = 2; !taken.Add(name); suffix++)
            name = string.Create(CultureInfo.InvariantCulture, $"{label}-{suffix}");
        return name;
    }

    private static string Label(string cluster)
    {
        var letters = cluster.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-');
        var label = string.Concat(letters.Take(NameLengthMax)).Trim('-');
        return label.Length == 0 ? "cluster" : label;
    }
}
