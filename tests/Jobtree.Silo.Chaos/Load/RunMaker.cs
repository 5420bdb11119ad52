using System.Globalization;
using System.Text.Json.Nodes;
using Jobtree.Core.Model;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>Makes runs: mostly narrow ones, now and then a gang that others have to yield to.</summary>
internal sealed class RunMaker(int seed)
{
    private const int GangEvery = 200;
    private static readonly int[] Widths = [1, 1, 2, 4, 4, 8, 8, 16];
    private readonly Random random = new(seed);
    private readonly Lock gate = new();
    private long made;

    /// <summary>The namespace of what is made now: one for each round, so that a round's runs can be listed.</summary>
    public string Namespace { get; set; } = "round-0";

    public SubmittedRun Next()
    {
        lock (gate)
        {
            made++;
            var key = new RunKey(Namespace, string.Create(CultureInfo.InvariantCulture, $"r{made}"));
            var flavor = ChaosFleet.Flavors[random.Next(ChaosFleet.Flavors.Count)];
            var owner = ChaosFleet.Owners[random.Next(ChaosFleet.Owners.Count)];
            var isGang = made % GangEvery == 0;
            var width = isGang ? 128 : Widths[random.Next(Widths.Length)];
            var spec = new JsonObject
            {
                ["owner"] = isGang ? "org:ai:rai" : owner,
                ["resources"] = new JsonObject { ["gpuType"] = flavor, ["totalGPUs"] = width },
                ["runtime"] = new JsonObject { ["expectedDuration"] = "2s" },
            };
            if (isGang)
                spec["locality"] = new JsonObject { ["groupGPUs"] = 32 };
            else if (owner != ChaosFleet.Lender && random.Next(3) == 0)
                spec["funding"] = new JsonObject { ["allowBorrow"] = true, ["sponsors"] = new JsonArray(
                    ChaosFleet.Lender) };
            var manifest = new JsonObject
            {
                ["apiVersion"] = "jobtree.dev/v1",
                ["kind"] = "Run",
                ["metadata"] = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace },
                ["spec"] = spec,
            };
            return new SubmittedRun(key, flavor, manifest.ToJsonString());
        }
    }

    /// <summary>How long a run takes before its end is reported.</summary>
    public TimeSpan Duration()
    {
        lock (gate)
            return TimeSpan.FromMilliseconds(random.Next(200, 2000));
    }

    /// <summary>True once in so many times.</summary>
    public bool OnceIn(int times)
    {
        lock (gate)
            return random.Next(times) == 0;
    }
}
