using System.Collections.Immutable;
using System.Globalization;
using Jobtree.Core.Model;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Replay;

/// <summary>
/// The nodes and budgets of a Jobtree replay: equal nodes in fabric domains, and one owner per virtual cluster under a
/// common parent. Each has an envelope in proportion to its cluster's GPU-time in the trace. Where the trace knows
/// users, they are owners below their cluster, without envelopes of their own.
/// </summary>
internal sealed class ReplayFleet
{
    /// <summary>The parent owner of all virtual clusters.</summary>
    public const string Parent = "org:trace";

    // A label of every node. It is part of the ledger's first entries, because lotteries are seeded from the ledger's
    // head.
    private const string SeedLabel = "trace.seed";
    private const int NameLengthMax = 48;

    private readonly Dictionary<TraceOwner, string> _users;

    /// <summary>Creates the fleet for a trace.</summary>
    public ReplayFleet(JobTrace trace, ReplayOptions options)
    {
        Nodes = [.. Enumerable.Range(0, options.Nodes).Select(index => Node(index, options))];
        Namespaces = Names(trace.Clusters);
        var widths = LargestRemainder.Split(
            (int)Math.Round(options.FleetGpus * options.Overcommit), trace.GpuHoursByCluster());
        var taken = Namespaces.Values.ToHashSet(StringComparer.Ordinal);
        _users = trace.Owners.Where(owner => owner.User is not null).ToDictionary(
            owner => owner, owner => Unique(Label($"{owner.Cluster}-{owner.User}"), taken));
        Budgets =
        [
            .. trace.Clusters.Select((cluster, index) => Budget(Namespaces[cluster], widths[index], options)),
            .. trace.Owners.Where(_users.ContainsKey).Select(UserBudget),
        ];
    }

    /// <summary>The nodes.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>
    /// One budget per virtual cluster, in the order of <see cref="JobTrace.Clusters"/>, then one per user; the windows
    /// cover any replay.
    /// </summary>
    public ImmutableArray<Budget> Budgets { get; }

    /// <summary>
    /// The namespace of each virtual cluster: a valid, unique DNS label. It is also the last part of the cluster's
    /// owner.
    /// </summary>
    public ImmutableDictionary<string, string> Namespaces { get; }

    /// <summary>The owner of a job's run.</summary>
    /// <param name="owner">The job's owner in the trace.</param>
    public string Owner(TraceOwner owner) => _users.TryGetValue(owner, out var user)
        ? $"{ClusterOwner(owner.Cluster)}:{user}"
        : ClusterOwner(owner.Cluster);

    private string ClusterOwner(string cluster) => $"{Parent}:{Namespaces[cluster]}";

    /// <summary>
    /// Makes a user a child of its cluster, which pays first, and of the common parent, so that the other clusters are
    /// its siblings as they are the cluster's.
    /// </summary>
    private Budget UserBudget(TraceOwner owner) => new()
    {
        Name = _users[owner],
        Namespace = Namespaces[owner.Cluster],
        Owner = Owner(owner),
        Parents = [ClusterOwner(owner.Cluster), Parent],
    };

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
