using System.Globalization;
using System.Text.Json.Nodes;
using Jobtree.Core.Model;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>
/// Makes runs: mostly narrow ones that end within two seconds; some with spares, some elastic, some that follow
/// another. Beside them some stay for many seconds, so that nodes fail under them, they grow, and they outlive their
/// protected time. Now and then a gang comes that others have to yield to, and runs of the contested flavor, which ask
/// for its GPUs, hold them for long, or fill what is left of them.
/// </summary>
/// <param name="seed">Draws what is made.</param>
/// <param name="isVaried">Whether some runs stay for long; otherwise all end soon, and nobody holds or shrinks them.
/// </param>
internal sealed class RunMaker(int seed, bool isVaried)
{
    private const int GangEvery = 200;
    private const int HolderEvery = 50;
    private const int AskerEvery = 175;
    private const int SparedEvery = 250;
    private const int FillerEvery = 120;
    private const int ElasticEvery = 110;
    private const int LongEvery = 90;

    /// <summary>By how much elastic runs grow and shrink.</summary>
    public const int GpusStep = 4;

    private static readonly int[] Widths = [1, 1, 2, 4, 4, 8, 8, 16];
    private readonly Random random = new(seed);
    private readonly Lock gate = new();
    private long made;
    private string? upstream;

    /// <summary>Whether some runs stay for long, so that something can happen to them.</summary>
    public bool IsVaried => isVaried;

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
            var (spec, isLong) = made % GangEvery == 0 ? (Gang(), false)
                : !isVaried ? (Usual(name), false)
                : made % AskerEvery == 0 ? (Asker(), true)
                : made % HolderEvery == 0 ? (Holder(), true)
                : made % SparedEvery == 1 ? (Spared(), true)
                : made % FillerEvery == 2 ? (Filler(), true)
                : made % ElasticEvery == 1 ? (Elastic(), true)
                : made % LongEvery == 1 ? (Long(), true)
                : (Usual(name), false);
            var manifest = new JsonObject
            {
                ["apiVersion"] = "jobtree.dev/v1",
                ["kind"] = "Run",
                ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace },
                ["spec"] = spec,
            };
            return new SubmittedRun(new RunKey(Namespace, name), (string)spec["resources"]!["gpuType"]!,
                manifest.ToJsonString())
            {
                IsLong = isLong,
                GpusMax = (int?)spec["malleable"]?["maxTotalGPUs"],
            };
        }
    }

    /// <summary>How long a run takes before its end is reported.</summary>
    /// <param name="run">The run.</param>
    public TimeSpan Duration(SubmittedRun run)
    {
        lock (gate)
            return TimeSpan.FromMilliseconds(run.IsLong ? random.Next(5_000, 20_000) : random.Next(200, 2000));
    }

    /// <summary>True once in so many times.</summary>
    public bool OnceIn(int times)
    {
        lock (gate)
            return random.Next(times) == 0;
    }

    private T Drawn<T>(IReadOnlyList<T> among) => among[random.Next(among.Count)];

    private JsonObject Usual(string name)
    {
        var owner = Drawn(ChaosFleet.Owners);
        var spec = Spec(owner, Drawn(ChaosFleet.Flavors), Drawn(Widths));
        if (owner != ChaosFleet.Lender && random.Next(3) == 0)
            spec["funding"] = new JsonObject { ["allowBorrow"] = true,
                ["sponsors"] = new JsonArray(ChaosFleet.Lender) };
        switch (random.Next(12))
        {
            case 0:
                spec["resources"]!["totalGPUs"] = 8;
                AddSpares(spec, 4, 1);
                spec["runtime"]!["checkpoint"] = "1s";
                break;
            case 1:
                spec["resources"]!["totalGPUs"] = 8;
                spec["malleable"] = Malleable(4, 16);
                break;
            case 2 when upstream is not null:
                spec["follow"] = new JsonObject { ["after"] = new JsonArray(upstream), ["onUpstreamFailure"] = "fail" };
                break;
            case 3 when upstream is not null:
                spec["follow"] = new JsonObject { ["after"] = new JsonArray(upstream), ["onUpstreamFailure"] = "wait",
                    ["grace"] = "5s" };
                break;
            case 4:
                spec["runtime"]!["checkpoint"] = "1s";
                break;
            default:
                upstream = name;
                break;
        }
        return spec;
    }

    private JsonObject Gang()
    {
        var spec = Spec(ChaosFleet.Asker, Drawn(ChaosFleet.Flavors), 128);
        spec["locality"] = new JsonObject { ["groupGPUs"] = 32 };
        return spec;
    }

    /// <summary>
    /// Its one group fills a node and a quarter of another, and has spares for a whole one: enough are left when one
    /// fails.
    /// </summary>
    private JsonObject Spared() => AddSpares(
        Stays(Spec(Drawn(ChaosFleet.Owners), ChaosFleet.SmallNodes, 0)), ChaosFleet.SmallNodeGpus);

    private JsonObject Elastic()
    {
        var spec = Stays(Spec(Drawn(ChaosFleet.Owners), Drawn(ChaosFleet.Flavors), 8));
        spec["malleable"] = Malleable(4, 24);
        if (random.Next(2) == 0)
            AddSpares(spec, GpusStep, 0);
        return spec;
    }

    private JsonObject Long() => Stays(Spec(Drawn(ChaosFleet.Owners), Drawn(ChaosFleet.Flavors), Drawn(Widths)));

    /// <summary>It says that it takes a second, and takes many: who was promised its GPUs waits on.</summary>
    private JsonObject Holder()
    {
        var spec = Spec(ChaosFleet.Lender, ChaosFleet.Contested, 8);
        spec["runtime"] = new JsonObject { ["expectedDuration"] = "1s", ["checkpoint"] = "1s" };
        switch (random.Next(8))
        {
            case 0:
                AddSpares(spec, ChaosFleet.ContestedNodeGpus);
                break;
            case 1 or 2:
                spec["malleable"] = Malleable(4, 12);
                break;
        }
        return spec;
    }

    /// <summary>Nobody pays for it: where little is free it is on the spares of others.</summary>
    private static JsonObject Filler() => Stays(Spec(ChaosFleet.Guest, ChaosFleet.Contested, 2));

    private static JsonObject Asker() => Stays(Spec(ChaosFleet.Asker, ChaosFleet.Contested, 16));

    private static JsonObject Stays(JsonObject spec)
    {
        spec["runtime"] = new JsonObject { ["expectedDuration"] = "12s", ["checkpoint"] = "2s" };
        return spec;
    }

    private static JsonObject AddSpares(JsonObject spec, int nodeGpus)
    {
        var gpus = nodeGpus + nodeGpus / 4;
        spec["resources"]!["totalGPUs"] = gpus;
        AddSpares(spec, gpus, nodeGpus);
        return spec;
    }

    private static void AddSpares(JsonObject spec, int groupGpus, int spares)
    {
        spec["locality"] = new JsonObject { ["groupGPUs"] = groupGpus };
        spec["sparesPerGroup"] = spares;
    }

    private static JsonObject Malleable(int min, int max) => new()
    {
        ["minTotalGPUs"] = min,
        ["maxTotalGPUs"] = max,
        ["stepGPUs"] = GpusStep,
    };

    private static JsonObject Spec(string owner, string flavor, int gpus) => new()
    {
        ["owner"] = owner,
        ["resources"] = new JsonObject { ["gpuType"] = flavor, ["totalGPUs"] = gpus },
        ["runtime"] = new JsonObject { ["expectedDuration"] = "2s" },
    };
}
