using System.Text.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

public sealed class SnapshotTests
{
    [Fact]
    public void A_state_restored_from_a_snapshot_is_the_same_and_decides_the_same()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var (live, random) = (new LedgerBench(), new Random(seed));
            live.Nodes(3, 4);
            live.Budget("a", 6);
            live.Budget("b", 4);
            for (var step = 0; step < 40; step++)
                Step(live, random, step);

            var state = new FlavorState("H100");
            state.Restore(JsonSerializer.Deserialize(Bytes(live.State), SnapshotJson.Default.FlavorSnapshot)!);
            Assert.Equal(Bytes(live.State), Bytes(state));
            Assert.Empty(StateAudit.Check(state));

            var restored = new LedgerBench(state) { Now = live.Now };
            live.Ledger.Clear();
            var (one, other) = (new Random(seed + 1000), new Random(seed + 1000));
            for (var step = 40; step < 80; step++)
            {
                Step(live, one, step);
                Step(restored, other, step);
            }
            Assert.Equal(live.Ledger.Select(Convert.ToHexString), restored.Ledger.Select(Convert.ToHexString));
            Assert.Equal(Bytes(live.State), Bytes(restored.State));
        }
    }

    private static void Step(LedgerBench bench, Random random, int step)
    {
        string[] owners = ["a", "b", "c"];
        bench.Now += TimeSpan.FromSeconds(random.Next(1, 1200));
        var running = bench.State.Running.Keys.Order().ToArray();
        if (running.Length > 0 && random.Next(3) == 0)
            bench.Complete(running[random.Next(running.Length)]);
        else if (random.Next(8) == 0)
            bench.Budget(owners[random.Next(2)], random.Next(9));
        else
            bench.Admit($"r{step}", owners[random.Next(3)], random.Next(1, 9), demand =>
                demand with { ExpectedDuration = random.Next(2) == 0 ? TimeSpan.FromMinutes(random.Next(1, 60))
                : null });
        bench.Pass();
    }

    private static byte[] Bytes(FlavorState state) =>
        JsonSerializer.SerializeToUtf8Bytes(state.Take(), SnapshotJson.Default.FlavorSnapshot);
}
