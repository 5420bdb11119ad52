using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Grains.Tests.Fleets;

namespace Jobtree.Grains.Tests.Hosting;

/// <summary>
/// A store that has just come back may lack what was acknowledged: until it is compared, nobody who commands is told
/// for good that a run is not there.
/// </summary>
public sealed class DoubtedStoreTests
{
    private static readonly RunKey Key = new("default", "a");

    [Fact]
    public async Task A_command_to_a_run_that_is_not_there_is_not_refused_for_good_while_the_store_is_doubted()
    {
        await using var fleet = await ClusterFleet.Start(1);
        fleet.Journals.DoubtedBecause = "The store is compared.";
        foreach (var answer in new[]
        {
            await fleet.Operations.CompleteRun(Key, true, null, "end", 1),
            await fleet.Operations.CancelRun(Key, "cancel"),
            await fleet.Operations.ReleaseRun(Key, "release"),
        })
            Assert.Equal(new Problem(ProblemCode.Unavailable, "The store is compared."), answer.Problem);

        fleet.Journals.DoubtedBecause = null;
        var certain = await fleet.Operations.CompleteRun(Key, true, null, "end", 1);
        Assert.Equal(ProblemCode.NotFound, certain.Problem?.Code);
    }
}
