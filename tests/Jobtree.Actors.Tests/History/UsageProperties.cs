using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Actors.Tests.Properties;
using Jobtree.Core.Ledger;
using Jobtree.Core.Metering;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Tests.History;

/// <summary>What the past used, summed from random ledgers, against the live meters and against the leases.</summary>
public sealed class UsageProperties
{
    private const int Commands = 60;

    [Fact]
    public async Task Intervals_add_up_to_the_whole_and_the_whole_to_what_was_leased()
    {
        var classes = default(ClassSplit);
        for (var seed = 1000; seed < 1040; seed++)
        {
            await using var fleet = await Lived(seed);
            var ledger = fleet.Journals.Ledger("H100").ToArray();
            var whole = Use(ledger, VirtualTime.Epoch, fleet.Now);
            var random = new Random(seed);
            var cut = VirtualTime.Epoch + (fleet.Now - VirtualTime.Epoch) * random.NextDouble();
            var later = cut + (fleet.Now - cut) * random.NextDouble();
            var parts = new[] { Use(ledger, VirtualTime.Epoch, cut), Use(ledger, cut, later),
                Use(ledger, later, fleet.Now) };
            Assert.Equal(Leased(ledger, fleet.Now), Ticks(whole, _ => true));
            foreach (var fundingClass in Enum.GetValues<FundingClass>())
            {
                Assert.Equal(Sum(whole.Select(total => total.Of(fundingClass))),
                    Sum(parts.SelectMany(part => part).Select(total => total.Of(fundingClass))));
            }
            foreach (var run in whole.Select(total => total.Run).Distinct())
                Assert.Equal(Ticks(whole, total => total.Run == run),
                    Sum(parts.Select(part => Ticks(part, total => total.Run == run))));
            classes += ClaimTotals.GpuSeconds(whole);
        }
        Assert.True(classes is { Owned: > 0, Shared: > 0, Borrowed: > 0, Unfunded: > 0 },
            $"Some class never occurred: {classes}.");
    }

    [Fact]
    public async Task The_past_used_what_the_live_meters_say()
    {
        for (var seed = 2000; seed < 2030; seed++)
        {
            await using var fleet = await Lived(seed);
            var whole = Use(fleet.Journals.Ledger("H100"), VirtualTime.Epoch, fleet.Now);
            foreach (var payer in whole.GroupBy(total => total.Payer).Where(payer => payer.Key is not null))
            {
                var meter = await fleet.Actors.Envelope(payer.Key!.Value).Usage();
                AssertSame(meter.Total(), ClaimTotals.GpuSeconds(payer), $"seed {seed}, {payer.Key}");
            }
            foreach (var run in whole.GroupBy(total => total.Run))
            {
                Assert.True((await fleet.Operations.GetRun(run.Key)).Succeeded(out var shown, out _));
                AssertSame((shown.Status!.Funding?.GpuHours ?? default).Times(3600), ClaimTotals.GpuSeconds(run),
                    $"seed {seed}, {run.Key}");
            }
        }
    }

    [Fact]
    public async Task A_replay_that_begins_at_a_snapshot_finds_the_same()
    {
        for (var seed = 3000; seed < 3020; seed++)
        {
            await using var fleet = await Lived(seed);
            var ledger = fleet.Journals.Ledger("H100").ToArray();
            var replay = new LedgerReplay("H100", checkEvery: int.MaxValue);
            var middle = ledger.Length / 2;
            for (var i = 0; i < middle; i++)
                replay.Read(ledger[i], "");
            var from = replay.State.At + TimeSpan.FromMinutes(1);
            var expected = Use(ledger, from, fleet.Now);
            var actual = new UsageReplay("H100", from, fleet.Now);
            actual.Begin(replay.State.Take());
            Read(actual, ledger.Skip(middle));
            Assert.Equal(expected.Select(Row).Order(), actual.Totals.Select(Row).Order());
        }
    }

    [Fact]
    public async Task Leases_have_at_a_past_instant_the_classes_that_they_had_then()
    {
        var seen = 0;
        for (var seed = 4000; seed < 4015; seed++)
        {
            await using var fleet = new StepFleet(Restarts.Never);
            var commands = new RandomCommands(seed);
            await fleet.Operations.Apply(commands.Begin(), "op-0");
            var then = new List<(DateTimeOffset At, string[] Leases)>();
            for (var i = 0; i < Commands; i++)
            {
                await commands.Next(fleet);
                await fleet.Step();
                // Several steps of one instant leave only the last state of it to be seen afterwards.
                then.RemoveAll(known => known.At == fleet.Now);
                then.Add((fleet.Now, await Leases(fleet, null)));
            }
            foreach (var (at, leases) in then)
            {
                Assert.Equal(leases, await Leases(fleet, at));
                seen += leases.Length;
            }
        }
        Assert.True(seen > 100, $"Only {seen} leases were looked at.");
    }

    private static async Task<string[]> Leases(StepFleet fleet, DateTimeOffset? at)
    {
        Assert.True((await fleet.Operations.ListLeases(new LeaseQuery { At = at, Limit = RunQuery.LimitMax }))
            .Succeeded(out var page, out var problem), problem?.Detail);
        return [.. page.Items.Select(lease => $"{lease.Lease.Id} {lease.Lease.Run} {lease.Class}")];
    }

    private static string Row(ClaimTotals total) => $"{total.Payer} {total.Run} {total.Of(FundingClass.Owned)} "
        + $"{total.Of(FundingClass.Shared)} {total.Of(FundingClass.Borrowed)} {total.Of(FundingClass.Unfunded)}";

    private static async Task<StepFleet> Lived(int seed)
    {
        var fleet = new StepFleet(Restarts.Never);
        var commands = new RandomCommands(seed);
        await fleet.Operations.Apply(commands.Begin(), "op-0");
        for (var i = 0; i < Commands; i++)
        {
            await commands.Next(fleet);
            await fleet.Step();
        }
        await fleet.AdvanceTo(fleet.Now + TimeSpan.FromMinutes(7));
        return fleet;
    }

    private static ClaimTotals[] Use(IEnumerable<byte[]> ledger, DateTimeOffset from, DateTimeOffset to)
    {
        var replay = new UsageReplay("H100", from, to);
        Read(replay, ledger);
        return [.. replay.Totals];
    }

    private static void Read(UsageReplay replay, IEnumerable<byte[]> ledger)
    {
        foreach (var record in ledger.TakeWhile(_ => !replay.IsComplete))
            replay.Read(record);
        replay.Finish();
    }

    private static Int128 Ticks(IEnumerable<ClaimTotals> totals, Func<ClaimTotals, bool> which) =>
        Sum(totals.Where(which).SelectMany(total => Enum.GetValues<FundingClass>().Select(total.Of)));

    private static Int128 Sum(IEnumerable<Int128> ticks) =>
        ticks.Aggregate(Int128.Zero, static (sum, some) => sum + some);

    /// <summary>GPU-ticks of all leases from their begin to their end, straight from the entries.</summary>
    private static Int128 Leased(byte[][] ledger, DateTimeOffset now)
    {
        var sum = Int128.Zero;
        var open = new Dictionary<long, (RunKey Run, int Gpus, DateTimeOffset Since)>();
        foreach (var entry in ledger.Select(record => LedgerFormat.Read(record, null)))
        {
            foreach (var end in entry.End ?? [])
                Close(open.Where(lease => lease.Key == end.Lease), end.At);
            foreach (var closing in entry.Close ?? [])
                Close(open.Where(lease => lease.Value.Run == closing.Run), entry.At);
            foreach (var opening in (entry.Swap ?? []).Prepend(entry.Open).OfType<Opening>())
            {
                foreach (var (i, lease) in opening.Leases.Index())
                    open.Add(opening.FirstLease + i,
                        (opening.Starts(), lease.Slots.Sum(slots => slots.Count), entry.At));
            }
        }
        Close(open, now);
        return sum;

        void Close(IEnumerable<KeyValuePair<long, (RunKey, int Gpus, DateTimeOffset Since)>> which, DateTimeOffset at)
        {
            foreach (var (id, lease) in which.ToArray())
            {
                sum += (Int128)lease.Gpus * (at - lease.Since).Ticks;
                open.Remove(id);
            }
        }
    }

    private static void AssertSame(ClassSplit expected, ClassSplit actual, string what)
    {
        foreach (var fundingClass in Enum.GetValues<FundingClass>())
            Assert.True(Math.Abs(expected.Of(fundingClass) - actual.Of(fundingClass)) < 0.01,
                $"{what}: {actual} where {expected} was metered");
    }
}
