using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Tests.Fleets;
using Jobtree.Manifests;

namespace Jobtree.Grains.Tests.Hosting;

/// <summary>
/// The store kept the record of a submission, and its answer was lost. Another silo may have acknowledged the run
/// since, so nobody is told that there is no such run.
/// </summary>
public sealed class UnansweredSubmissionTests
{
    private static readonly RunKey Key = new("default", "a");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_whose_submission_the_store_did_not_answer_is_read_before_anything_is_said_of_it(bool ends)
    {
        await using var fleet = await ClusterFleet.Start(1);
        Assert.True((await fleet.Operations.Apply(
            [new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 })], "nodes")).Succeeded(out _, out _));
        fleet.Journals.AnswersLostOf = new ActorKey(ActorKind.Run, Key.ToString());
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            var answer = await fleet.Operations.Apply([new RunManifest(Key, new RunSpec { Owner = "lab",
                Resources = new Resources { GpuType = "H100", TotalGPUs = 4 } })], "submit");
            Assert.True(answer.Succeeded(out _, out _));
        });
        Assert.Single(fleet.Journals.Of(new ActorKey(ActorKind.Run, Key.ToString())));
        fleet.Journals.AnswersLostOf = null;

        if (ends)
            Assert.True((await fleet.Operations.CompleteRun(Key, true, null, "end", 1)).Succeeded(out _, out _));
        var found = await fleet.Operations.GetRun(Key);
        Assert.True(found.Succeeded(out var run, out _));
        Assert.Equal(ends ? RunPhase.Completed : RunPhase.Running, run!.Status!.Phase);
    }
}
