using Jobtree.Core.Contention;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Ledger;

public sealed class DrawTests
{
    private const string Seed = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    [Fact]
    public void The_numbers_are_those_of_sha_256_in_counter_mode()
    {
        // The first eight bytes, big endian, of SHA-256 over the seed's bytes and the counter as eight bytes, big
        // endian.
        var bytes = Convert.FromHexString(Seed);
        var draw = new Draw(Seed);
        for (var counter = 0; counter < 5; counter++)
        {
            var hash = System.Security.Cryptography.SHA256.HashData([.. bytes, 0, 0, 0, 0, 0, 0, 0, (byte)counter]);
            var number = hash[..8].Aggregate(0UL, (number, next) => (number << 8) | next);
            Assert.Equal((int)(number % 1000), draw.Below(1000));
        }
    }

    [Fact]
    public void One_is_always_zero_and_every_number_comes_up()
    {
        var draw = new Draw(Seed);
        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal(0, draw.Below(1)));
        var counts = new int[7];
        for (var i = 0; i < 7000; i++)
            counts[draw.Below(7)]++;
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void A_shuffle_keeps_all_and_each_comes_first_as_often()
    {
        var runs = Enumerable.Range(0, 5).Select(i => new RunKey("ns", $"r{i}")).ToArray();
        var first = new Dictionary<RunKey, int>();
        for (var i = 0; i < 2000; i++)
        {
            var order = FormerLottery.Shuffle(runs, HashChain.Seed(runs[0], DateTimeOffset.UnixEpoch, $"{i}"));
            Assert.Equal(runs, order.Order());
            first[order[0]] = first.GetValueOrDefault(order[0]) + 1;
        }
        Assert.All(runs, run => Assert.InRange(first[run], 320, 480));
    }

    [Fact]
    public void A_seed_depends_on_the_run_the_instant_and_the_head()
    {
        var (run, other, at) = (new RunKey("a", "b"), new RunKey("a", "c"), DateTimeOffset.UnixEpoch);
        string[] seeds = [HashChain.Seed(run, at, "h"), HashChain.Seed(other, at, "h"),
            HashChain.Seed(run, at.AddTicks(1), "h"), HashChain.Seed(run, at, "i")];
        Assert.Equal(4, seeds.Distinct().Count());
        Assert.Equal(seeds[0], HashChain.Seed(run, at.ToOffset(TimeSpan.FromHours(2)), "h"));
    }
}
