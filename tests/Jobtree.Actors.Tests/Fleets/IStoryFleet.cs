using Jobtree.Actors.Operations;

namespace Jobtree.Actors.Tests.Fleets;

/// <summary>A fleet under virtual time that a story is told with: in one process, or as grains of a cluster.</summary>
internal interface IStoryFleet : IAsyncDisposable
{
    /// <summary>What the actors wrote.</summary>
    MemoryJournals Journals { get; }

    DateTimeOffset Now { get; }

    IOperations Operations { get; }

    /// <summary>Moves the clock, stopping wherever something is due on the way.</summary>
    Task AdvanceTo(DateTimeOffset at);

    /// <summary>Ends a step: delivers what is to be delivered.</summary>
    Task Step();
}
