using System.Globalization;
using System.Text.Json.Nodes;
using Jobtree.Core.Model;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>
/// Makes runs: mostly narrow ones; some with spares, some elastic, some that follow another; now and then a gang that
/// others have to yield to, and runs of the contested flavor, which ask for its GPUs or hold them for long.
/// </summary>
internal sealed class RunMaker(int seed)
{
    private const int GangEvery = 200;
    private const int HolderEvery = 50;
    private const int AskerEvery = 350;
    private static readonly int[] Widths = [1, 1, 2, 4, 4, 8, 8, 16];
    private readonly Random random = new(seed);
    private readonly Lock gate = new();
    private long made;
    private string? upstream;

    /// <summary>The namespace of what is made now: one for each round, so that a round's runs can be listed.</summary>
    public string Namespace
    {
        get;
        set
        {
            lock (gate)
                (field, upstream) = (value, null);
        }
    } = "round-0";

    public SubmittedRun Next()
    {
        lock (gate)
        {
            made++;
            var name = string.Create(CultureInfo.InvariantCulture, $"r{made}");
            var (flavor, spec) = made % GangEvery == 0 ? Gang() : made % AskerEvery == 0 ? Asker()
                : made % HolderEvery == 0 ? Holder() : Usual(name);
            var manifest = new JsonObject
            {
                ["apiVersion"] = "jobtree.dev/v1",
                ["kind"] = "Run",
                ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace },
                ["spec"] = spec,
            };
            return new SubmittedRun(new RunKey(Namespace, name), flavor, manifest.ToJsonString());
        }
    }

    /// <summary>How long a run takes before its end is reported.</summary>
    /// <param name="run">The run.</param>
    public TimeSpan Duration(SubmittedRun run)
    {
        lock (gate)
            return TimeSpan.FromMilliseconds(
                run.Flavor == ChaosFleet.Contested ? random.Next(5_000, 20_000) : random.Next(200, 2000));
    }

    /// <summary>True once in so many times.</summary>
    public bool OnceIn(int times)
    {
        lock (gate)
            return random.Next(times) == 0;
    }

    private (string, JsonObject) Usual(string name)
    {
        var flavor = ChaosFleet.Flavors[random.Next(ChaosFleet.Flavors.Count)];
        var owner = ChaosFleet.Owners[random.Next(ChaosFleet.Owners.Count)];
        var spec = Spec(owner, flavor, Widths[random.Next(Widths.Length)]);
        if (owner != ChaosFleet.Lender && random.Next(3) == 0)
            spec["funding"] = new JsonObject { ["allowBorrow"] = true,
                ["sponsors"] = new JsonArray(ChaosFleet.Lender) };
        switch (random.Next(12))
        {
            case 0:
                spec["resources"]!["totalGPUs"] = 8;
                spec["locality"] = new JsonObject { ["groupGPUs"] = 4 };
                spec["sparesPerGroup"] = 1;
                spec["runtime"]!["checkpoint"] = "1s";
                break;
            case 1:
                spec["resources"]!["totalGPUs"] = 8;
                spec["malleable"] = new JsonObject { ["minTotalGPUs"] = 4, ["maxTotalGPUs"] = 16,
                    ["stepGPUs"] = 4 };
                break;
            case 2 when upstream is not null:
                spec["follow"] = new JsonObject { ["after"] = new JsonArray(upstream), ["onUpstreamFailure"] = "fail" };
                break;
            case 3:
                spec["runtime"]!["checkpoint"] = "1s";
                break;
            default:
                upstream = name;
                break;
        }
        return (flavor, spec);
    }

    private (string, JsonObject) Gang()
    {
        var flavor = ChaosFleet.Flavors[random.Next(ChaosFleet.Flavors.Count)];
        var spec = Spec(ChaosFleet.Asker, flavor, 128);
        spec["locality"] = new JsonObject { ["groupGPUs"] = 32 };
        return (flavor, spec);
    }

    /// <summary>It says that it takes a second, and takes many: who was promised its GPUs waits on.</summary>
    private static (string, JsonObject) Holder()
    {
        var spec = Spec(ChaosFleet.Lender, ChaosFleet.Contested, 8);
        spec["runtime"] = new JsonObject { ["expectedDuration"] = "1s", ["checkpoint"] = "1s" };
        return (ChaosFleet.Contested, spec);
    }

    private static (string, JsonObject) Asker() =>
        (ChaosFleet.Contested, Spec(ChaosFleet.Asker, ChaosFleet.Contested, 16));

    private static JsonObject Spec(string owner, string flavor, int gpus) => new()
    {
        ["owner"] = owner,
        ["resources"] = new JsonObject { ["gpuType"] = flavor, ["totalGPUs"] = gpus },
        ["runtime"] = new JsonObject { ["expectedDuration"] = "2s" },
    };
}
