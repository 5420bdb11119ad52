using Jobtree.Actors.Operations;
using Jobtree.Core.Manifests;

namespace Jobtree.Cli.State;

/// <summary>Makes the fleets of state files.</summary>
internal static class StateFleets
{
    /// <summary>The factory of the real program.</summary>
    public static Task<Result<IStateFleet>> Create(IReadOnlyList<Manifest> documents, TimeProvider time, CancellationToken cancellation) =>
        Task.FromResult<Result<IStateFleet>>(new Problem(ProblemCode.Unavailable, "State files are not supported yet."));
}
