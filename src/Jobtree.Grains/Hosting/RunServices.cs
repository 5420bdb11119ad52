using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Grains.Homes;
using Jobtree.Grains.Journals;
using Orleans.Metadata;
using Orleans.Runtime;

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

/// <summary>What every grain that hosts an actor needs.</summary>
/// <param name="Journals">Where journals are kept.</param>
/// <param name="Fleet">The other actors.</param>
/// <param name="Executor">Carries out starts and stops.</param>
/// <param name="Options">How actors are hosted.</param>
internal sealed record ActorServices(
    IActorJournals Journals, GrainFleet Fleet, IExecutor Executor, GrainOptions Options)
{
    /// <summary>The clock that decisions are made by.</summary>
    public TimeProvider Time => Options.Clock;
}

/// <summary>Makes the grains of runs, without asking a container for each.</summary>
/// <param name="services">What they need; not asked for before the silo is built.</param>
internal sealed class RunActivator(Func<RunServices> services) : IGrainActivator, IConfigureGrainTypeComponents
{
    private RunServices? found;

    public void Configure(GrainType grainType, GrainProperties properties, GrainTypeSharedContext shared)
    {
        if (grainType.ToString() == RunHomes.GrainTypeName)
            shared.SetComponent<IGrainActivator>(this);
    }

    public object CreateInstance(IGrainContext context) => new RunGrain(context, found ??= services());

    public ValueTask DisposeInstance(IGrainContext context, object instance) => ValueTask.CompletedTask;
}
