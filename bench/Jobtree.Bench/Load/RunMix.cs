using System.Globalization;
using Jobtree.Core.Model;

namespace Jobtree.Bench.Load;

/// <summary>
/// The runs of a research fleet: 70 % take one GPU, 25 % a whole node, 5 % are one group of 32, 48 or 64 GPUs in one
/// fabric domain. The same seed gives the same runs.
/// </summary>
internal sealed class RunMix(string prefix, int seed, FleetShape shape, TimeSpan? expected = null)
{
    /// <summary>The mean width in GPUs.</summary>
    public const double GpusMean = (0.70 * 1) + (0.25 * 8) + (0.05 * 48);

    private static readonly int[] Groups = [32, 48, 64];
    private readonly Random random = new(seed);
    private readonly Dictionary<int, RunSpec> specs = [];
    private long made;

    public (RunKey Key, string Owner, RunSpec Spec) Next()
    {
        var team = random.Next(shape.Teams);
        var kind = random.NextDouble();
        var gpus = kind < 0.70 ? 1 : kind < 0.95 ? 8 : Groups[random.Next(Groups.Length)];
        return (new RunKey(FleetShape.Namespace(team),
            string.Create(CultureInfo.InvariantCulture, $"{prefix}-{made++}")), FleetShape.Team(team), Spec(gpus));
    }

    /// <summary>A whole number below a bound.</summary>
    public int Pick(int bound) => random.Next(bound);

    private RunSpec Spec(int gpus)
    {
        if (specs.TryGetValue(gpus, out var known))
            return known;
        return specs[gpus] = new RunSpec
        {
            Resources = new Resources { GpuType = FleetShape.Flavor, TotalGPUs = gpus },
            Locality = gpus > 8 ? new Locality { GroupGPUs = gpus } : null,
            Runtime = new RuntimeHints { ExpectedDuration = expected ?? TimeSpan.FromHours(1) },
        };
    }
}
