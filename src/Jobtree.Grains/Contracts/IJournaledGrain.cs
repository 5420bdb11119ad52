namespace Jobtree.Grains.Contracts;

/// <summary>A grain with a journal.</summary>
[Alias("jobtree.journaled")]
public interface IJournaledGrain : IGrainWithStringKey
{
    /// <summary>The state as it would be kept now, for stores that keep the states of all actors at a time.</summary>
    [Alias("state")]
    ValueTask<ActorState> State();
}
