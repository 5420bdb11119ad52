using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;

namespace Jobtree.Grains.Hosting;

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
