using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Grains.Homes;

namespace Jobtree.Grains.Hosting;

/// <summary>What the grain of a run needs.</summary>
/// <param name="Actor">What every grain with an actor needs.</param>
/// <param name="Homes">Where runs live.</param>
internal sealed record RunServices(ActorServices Actor, RunHomes Homes)
{
    private readonly SharedText texts = new();
    private readonly SharedSpecs specs = new();

    /// <summary>A run's name as it is kept: runs of one namespace share its text.</summary>
    public RunKey Shared(RunKey run) => new(texts.Of(run.Namespace), run.Name);

    /// <summary>A submission as it is kept: what many have in common is one object.</summary>
    public Submission Shared(Submission submission) =>
        submission with { Owner = texts.Of(submission.Owner), Spec = specs.Of(submission.Spec) };
}
