using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Contracts;

/// <summary>A grain with a journal.</summary>
[Alias("jobtree.journaled")]
public interface IJournaledGrain : IGrainWithStringKey
{
    /// <summary>The current state as a snapshot, for stores that save the states of all actors together.</summary>
    [Alias("state")]
    ValueTask<ActorState> State();
}

/// <summary>The state of an actor at one of its records.</summary>
/// <param name="Sequence">The number of the last record in it; 0: the actor never wrote.</param>
/// <param name="Bytes">The state as a snapshot.</param>
public sealed record ActorState(long Sequence, byte[] Bytes);

/// <summary>A run as a grain; its key is <c>namespace/name</c>.</summary>
[Alias("jobtree.run")]
public interface IRunGrain : IRun, IJournaledGrain, IGrainWithStringKey;

/// <summary>A flavor as a grain; its key is the flavor's name.</summary>
[Alias("jobtree.flavor")]
public interface IFlavorGrain : IFlavor, IJournaledGrain, IGrainWithStringKey
{
    /// <summary>
    /// Delivers undelivered facts and does what is due, until nothing is left: for tests, and for callers that must be
    /// sure. It also happens automatically.
    /// </summary>
    [Alias("settle")]
    ValueTask<FlavorSettlement> Settle();
}

/// <summary>The work that a flavor found when it was asked to settle.</summary>
/// <param name="HadWork">Whether something was due or undelivered.</param>
/// <param name="NextWake">When something is due next if nothing else happens; null: never.</param>
public sealed record FlavorSettlement(bool HadWork, DateTimeOffset? NextWake);

/// <summary>An envelope as a grain; its key is <c>budget/envelope</c>.</summary>
[Alias("jobtree.envelope")]
public interface IEnvelopeGrain : IEnvelope, IJournaledGrain, IGrainWithStringKey;

/// <summary>The directory as a grain; there is one, with the key <see cref="Key"/>.</summary>
[Alias("jobtree.directory")]
public interface IDirectoryGrain : IDirectory, IJournaledGrain, IGrainWithStringKey
{
    /// <summary>The key of the directory.</summary>
    const string Key = "fleet";
}
