using System.Globalization;
using Jobtree.Bench.Load;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Bench.Kueue;

/// <summary>
/// A test's queues as a fleet: a cohort is a family, a queue an owner of it with one envelope, which its siblings may
/// use while it is idle. The fleet has as many GPUs as the envelopes sum to.
/// </summary>
internal static class KueueFleet
{
    public static IEnumerable<Manifest> Manifests(KueueTest test) =>
        new FleetShape(test.Gpus, Teams: 0).Manifests().Concat(
            Enumerable.Range(0, test.Queues).Select(queue => Budget(test, queue)));

    /// <summary>All workloads in the order of their creation, each with its time since the test's begin.</summary>
    public static IReadOnlyList<(TimeSpan At, RunManifest Run)> Workloads(KueueTest test)
    {
        var workloads = new List<(TimeSpan At, RunManifest Run)>(test.Workloads);
        foreach (var each in test.Classes)
        {
            var spec = new RunSpec
            {
                Resources = new Resources { GpuType = FleetShape.Flavor, TotalGPUs = each.Gpus },
                Runtime = new RuntimeHints { ExpectedDuration = each.Runtime },
            };
            for (var queue = 0; queue < test.Queues; queue++)
            {
                var owned = spec with { Owner = Owner(test, queue) };
                for (var number = 0; number < each.Count; number++)
                    workloads.Add(
                        ((number + 1) * each.Interval, new RunManifest(new RunKey(
                        Name(queue), string.Create(CultureInfo.InvariantCulture, $"{each.Name}-{number}")), owned)));
            }
        }
        return [.. workloads.OrderBy(workload => workload.At)];
    }

    private static BudgetManifest Budget(KueueTest test, int queue) => new(new Budget
    {
        Name = Name(queue),
        Namespace = Name(queue),
        Owner = Owner(test, queue),
        Parents = [Cohort(test, queue)],
        Envelopes =
        [
            new Envelope
            {
                Name = "quota",
                Flavor = FleetShape.Flavor,
                Concurrency = KueueTest.Quota,
                Start = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
                End = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero),
            },
        ],
    });

    private static string Cohort(KueueTest test, int queue) =>
        string.Create(CultureInfo.InvariantCulture, $"cohort-{queue / test.QueuesPerCohort}");

    private static string Owner(KueueTest test, int queue) => $"{Cohort(test, queue)}:{Name(queue)}";

    private static string Name(int queue) => string.Create(CultureInfo.InvariantCulture, $"queue-{queue:D4}");
}
