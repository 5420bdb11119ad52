using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

/// <summary>
/// A small fleet with runs on it: groups within a domain, and in a unit of the level that they require, everything else
/// at random.
/// </summary>
internal sealed class FailureLayout
{
    private readonly Random random;
    private readonly Dictionary<string, List<Slot>> free = [];
    private readonly List<Slot> spares = [];

    public FailureLayout(Random random)
    {
        this.random = random;
        Bench.Budget("rich", 64);
        for (var domain = 0; domain < Between(1, 2); domain++)
        {
            free[$"d{domain}"] = [];
            for (var node = 0; node < Between(2, 4); node++)
            {
                var (name, gpus) = ($"d{domain}n{node}", Between(1, 6));
                Bench.Node(name, gpus, $"d{domain}", $"r{node % 2}");
                free[$"d{domain}"].AddRange(Enumerable.Range(0, gpus).Select(slot => new Slot(name, slot)));
            }
        }
        for (var run = 0; run < Between(1, 3); run++)
            Start(MakeRun($"r{run}"));
        for (var run = 0; run < Between(0, 3); run++)
            Fill(MakeRun($"f{run}") with { SparesPerGroup = 0, LevelRequired = false,
                GroupGpus = free.Count == 1 ? Between(0, 3) : 0 });
    }

    public FailureBench Bench { get; } = new();

    private Demand MakeRun(string name)
    {
        var (least, step, steps) = (Between(1, 5), Between(1, 5), Between(0, 3));
        var isElastic = random.Next(3) > 0;
        return FailureBench.Run(name, least + step * (isElastic ? steps : 0)) with
        {
            GpusMin = isElastic ? least : 0,
            GpusStep = isElastic ? step : 0,
            GpusMax = isElastic ? least + step * 3 : 0,
            GroupGpus = Between(0, 5),
            SparesPerGroup = Between(0, 3),
            RequeuesOnNodeFailure = random.Next(2) > 0,
            Level = random.Next(3) switch { 0 => LocalityLevel.Node, 1 => LocalityLevel.Rack, _ => null },
            LevelRequired = random.Next(2) > 0,
        };
    }

    /// <summary>Starts a run if there is room for each of its groups in a domain.</summary>
    private void Start(Demand demand)
    {
        var leases = new List<OpeningLease>();
        for (var group = 0; group < demand.Groups(); group++)
        {
            var gpus = demand.GpusOfGroup(group);
            if (free.Values.Where(slots => slots.Count >= gpus).OrderBy(_ => random.Next()).FirstOrDefault()
                is not { } domain)
                return;
            var units = domain.GroupBy(slot => demand.RequiredLevel() is { } level
                ? Bench.State.Fleet.Find(slot.Node)!.Unit(level) : default).Where(
                unit => unit.Count() >= gpus - demand.SparesPerGroup).ToArray();
            if (units.Length == 0)
                return;
            var active = Take(domain, gpus - demand.SparesPerGroup, [.. units[random.Next(units.Length)]]);
            var taken = Take(domain, demand.SparesPerGroup, domain);
            leases.AddRange(Divide(group, LeaseRole.Active, active));
            leases.AddRange(Divide(group, LeaseRole.Spare, taken));
            spares.AddRange(taken);
        }
        Bench.Start(demand, [.. leases]);
    }

    /// <summary>Starts a run on spares, and a funded one now and then.</summary>
    private void Fill(Demand demand)
    {
        if (demand.Gpus > spares.Count)
            return;
        EnvelopeKey? payer = random.Next(4) == 0 ? new EnvelopeKey("rich", "e") : null;
        Bench.Start(payer is null ? demand : demand with { Owner = "rich" },
            [.. Enumerable.Range(0, demand.Groups()).SelectMany(group => Divide(
                group, LeaseRole.Active, Take(spares, demand.GpusOfGroup(group), spares))).Select(
                lease => lease with { Payer = payer })]);
    }

    private Slot[] Take(List<Slot> from, int count, List<Slot> among)
    {
        var taken = among.OrderBy(_ => random.Next()).Take(count).ToArray();
        from.RemoveAll(taken.Contains);
        return taken;
    }

    /// <summary>One or two leases on some slots.</summary>
    private IEnumerable<OpeningLease> Divide(int group, LeaseRole role, Slot[] slots)
    {
        var first = Between(0, slots.Length);
        return new[] { slots[..first], slots[first..] }.Where(part => part.Length > 0).Select(part => new OpeningLease
        {
            Group = group,
            Role = role,
            Slots = [.. part.GroupBy(slot => slot.Node).OrderBy(node => node.Key, StringComparer.Ordinal).Select(node =>
                new NodeSlots(node.Key, node.Aggregate(0UL, (mask, slot) => mask | 1UL << slot.Ordinal)))],
        });
    }

    private int Between(int least, int most) => random.Next(least, most + 1);

    private readonly record struct Slot(string Node, int Ordinal);
}
