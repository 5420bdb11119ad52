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

/// <summary>The services of a run's grain.</summary>
/// <param name="Actor">The services of every grain that hosts an actor.</param>
internal sealed record RunServices(ActorServices Actor);

/// <summary>The services of every grain that hosts an actor.</summary>
/// <param name="Journals">The journal store.</param>
/// <param name="Fleet">The other actors.</param>
/// <param name="Executor">Carries out starts and stops.</param>
/// <param name="Options">How actors are hosted.</param>
/// <param name="Homes">The home silos of runs, which change with the members of the cluster.</param>
/// <param name="History">The runs that ended; absent: only journals keep them.</param>
internal sealed record ActorServices(IActorJournals Journals, GrainFleet Fleet, IExecutor Executor,
    GrainOptions Options, RunHomes Homes, IRunHistoryStore? History = null)
{
    private readonly SharedText texts = new();
    private readonly SharedSpecs specs = new();

    /// <summary>The clock for decisions.</summary>
    public TimeProvider Time => Options.Clock;

    /// <summary>A run's key as it is retained: runs of one namespace share its string.</summary>
    public RunKey Shared(RunKey run) => new(texts.Of(run.Namespace), run.Name);

    /// <summary>A submission as it is retained: equal owners and specs share one object.</summary>
    public Submission Shared(Submission submission) =>
        submission with
        {
            Owner = texts.Of(submission.Owner),
            Spec = specs.Of(submission.Spec),
            By = submission.By is { } by ? texts.Of(by) : null,
        };

    /// <summary>A record that was read, as it is retained.</summary>
    public RunRecord Shared(RunRecord run) => run with
    {
        Key = Shared(run.Key),
        Owner = texts.Of(run.Owner),
        Spec = specs.Of(run.Spec),
        SubmittedBy = run.SubmittedBy is { } by ? texts.Of(by) : null,
        Reason = texts.Of(run.Reason),
    };
}

/// <summary>Creates the grains of runs without a container.</summary>
/// <param name="services">Returns the grains' services; not called before the silo is built.</param>
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
