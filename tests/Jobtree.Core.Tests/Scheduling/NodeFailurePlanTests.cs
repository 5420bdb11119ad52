using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using static Jobtree.Core.Tests.Scheduling.FailureBench;

namespace Jobtree.Core.Tests.Scheduling;

public sealed class NodeFailurePlanTests
{
    private static readonly RunKey Wide = new("ns", "wide");
    private static readonly RunKey Filler = new("ns", "filler");

    [Fact]
    public void A_run_that_whole_groups_keep_between_two_widths_runs_on()
    {
        // Simulated seed 8227303: one GPU of group 0 is replaced, group 1 is lost with its spares. Width 1 would be
        // no group at all.
        var bench = new FailureBench();
        bench.Node("n0", 4);
        bench.Node("n1", 8);
        bench.Start(Run("wide", 6) with { GpusMin = 1, GpusStep = 5, GpusMax = 11, GpusDesired = 11, GroupGpus = 5,
                SparesPerGroup = 2 },
            Active(0, "n0#0", "n1#2-5"), Spare(0, "n1#6-7"), Active(1, "n0#1"), Spare(1, "n0#2-3"));

        var entry = bench.Fence("n0");

        Assert.Equal([LeaseEndReason.NodeFailure, LeaseEndReason.Swap, LeaseEndReason.NodeFailure,
            LeaseEndReason.NodeFailure], entry.End!.Select(end => end.Reason));
        Assert.Equal(5, bench.State.Running[Wide].Gpus());
        Assert.Equal(["0 Active n1#2-5", "0 Spare n1#7", "0 Active n1#6"], Leases(bench, Wide));
        Assert.Empty(StateAudit.Check(bench.State));
    }

    [Fact]
    public void A_group_that_ends_has_no_part_in_the_width_although_spares_could_have_taken_over()
    {
        // Widths 3, 7, 11. Of 7, one of group 2 can be replaced, and group 0 is lost: 4 are left, which is between two
        // widths. Without group 2, the highest, 3 are left.
        var bench = new FailureBench();
        bench.Node("n0", 4);
        bench.Node("n1", 8);
        bench.Start(Run("wide", 7) with { GpusMin = 3, GpusStep = 4, GpusMax = 11, GpusDesired = 11, GroupGpus = 3,
                SparesPerGroup = 1 },
            Active(0, "n0#0-2"), Spare(0, "n1#0"), Active(1, "n1#1-3"), Spare(1, "n1#4"),
            Active(2, "n0#3"), Spare(2, "n1#5"));

        bench.Fence("n0");

        Assert.Equal(["1 Active n1#1-3", "1 Spare n1#4"], Leases(bench, Wide));
        Assert.Empty(StateAudit.Check(bench.State));
    }

    [Fact]
    public void A_group_that_ends_evicts_no_filler_from_its_spares()
    {
        // Steps of two groups: group 0 is lost, so group 3 ends too, and needs nothing in place of what it lost.
        var bench = new FailureBench();
        bench.Node("n0", 3);
        bench.Node("n1", 8);
        bench.Start(Run("wide", 8) with { GpusMin = 4, GpusStep = 4, GpusMax = 8, GroupGpus = 2, SparesPerGroup = 1 },
            Active(0, "n0#0-1"), Spare(0, "n1#0"), Active(1, "n1#1-2"), Spare(1, "n1#3"),
            Active(2, "n1#4-5"), Active(3, "n0#2", "n1#6"), Spare(3, "n1#7"));
        bench.Start(Run("filler", 1), Active(0, "n1#7"));

        var entry = bench.Fence("n0");

        Assert.Null(entry.Close);
        Assert.Null(entry.Swap);
        Assert.Equal(["0 Active n1#7"], Leases(bench, Filler));
        Assert.Equal(["1 Active n1#1-2", "1 Spare n1#3", "2 Active n1#4-5"], Leases(bench, Wide));
        Assert.Empty(StateAudit.Check(bench.State));
    }

    [Fact]
    public void A_run_whose_whole_groups_are_fewer_than_its_minimum_ends()
    {
        var bench = new FailureBench();
        bench.Node("n0", 2);
        bench.Node("n1", 8);
        bench.Start(Run("wide", 6) with { GpusMin = 4, GpusStep = 1, GpusMax = 6, GroupGpus = 2,
                SparesPerGroup = 1 },
            Active(0, "n0#0", "n1#0"), Active(1, "n0#1", "n1#1"), Spare(1, "n1#2"), Active(2, "n1#3-4"),
            Spare(2, "n1#5"));
        bench.Fence("n0");
        Assert.Equal(4, bench.State.Running[Wide].Gpus());
        Assert.Equal([LeaseEndReason.NodeFailure], bench.Fence("n1").Close!.Select(closing => closing.Reason));
    }

    [Fact]
    public void A_filler_that_the_node_alone_would_not_have_ended_goes_back_to_the_queue()
    {
        // It fails if a node ends it. The node leaves it its minimum, but that is on a spare that takes over.
        var bench = new FailureBench();
        bench.Node("n0", 2);
        bench.Node("n1", 2);
        bench.Start(Run("wide", 1) with { SparesPerGroup = 1 }, Active(0, "n0#0"), Spare(0, "n1#0"));
        bench.Start(Run("filler", 2) with { GpusMin = 1, GpusStep = 1, GpusMax = 2 }, Active(0, "n0#1", "n1#0"));

        var entry = bench.Fence("n0");

        Assert.Equal([new Closing(Filler, LeaseEndReason.ReclaimedBySpare, Requeue: true)], entry.Close!);
        Assert.Equal(["0 Active n1#0"], Leases(bench, Wide));
    }

    [Fact]
    public void A_lowered_width_ends_the_groups_that_the_minimum_can_do_without()
    {
        var bench = new FailureBench();
        bench.Node("n0", 8);
        bench.Start(Run("wide", 6) with { GpusMin = 1, GpusStep = 5, GpusMax = 11, GroupGpus = 5 },
            Active(0, "n0#0-4"), Active(1, "n0#5"));

        bench.Resize(Wide, 1);

        Assert.Equal(["0 Active n0#0-4"], Leases(bench, Wide));
        var entry = bench.Resize(Wide, 1);
        Assert.Null(entry.End);
    }

    private static IEnumerable<string> Leases(FailureBench bench, RunKey run) => bench.State.Running[run].Leases
        .Select(lease => $"{lease.Group} {lease.Role} {string.Join(' ', lease.Slots)}");
}
