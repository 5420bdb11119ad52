using Jobtree.Core.Funding;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Tests;

public sealed class InvariantTests
{
    [Fact]
    public void Invariants_are_checked_in_tests_however_they_are_built() => Assert.True(Invariant.IsChecked);

    [Fact]
    public void A_broken_one_says_what_is_broken()
    {
        var domain = new FabricDomain(new DomainKey("", "", "d1"));
        domain.CountIn(4);
        var broken = Assert.Throws<InvariantBrokenException>(() => domain.CountOut(8));
        Assert.Equal("Domain d1 counted a node out with 8 free GPUs that was not counted in.", broken.Message);
    }

    [Fact]
    public void The_text_of_one_that_holds_is_not_made()
    {
        var made = 0;
        Invariant.Holds(made == 0, $"{made++}");
        Assert.Equal(0, made);
    }

    [Fact]
    public void Settled_classes_are_not_asked_for_while_they_are_stale()
    {
        var book = new FundingBook("H100");
        var lease = new Lease { Id = 1, Run = new RunKey("a", "r"), Slots = [new NodeSlots("n0", 1)],
            Start = DateTimeOffset.UnixEpoch };
        book.Add(lease, "x:a", DateTimeOffset.UnixEpoch, new RunMeter());
        Assert.Throws<InvariantBrokenException>(() => book.WhollyUnfunded());
        book.Settle(DateTimeOffset.UnixEpoch, new List<FundingChange>());
        Assert.Equal([lease.Run], book.WhollyUnfunded());
    }
}
