using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Contracts;

/// <summary>A flavor as a grain; its key is the flavor's name.</summary>
[Alias("jobtree.flavor")]
public interface IFlavorGrain : IFlavor, IJournaledGrain, IGrainWithStringKey
{
    /// <summary>
    /// Delivers what is to be told and does what is due, until nothing is left: for tests, and for who wants to be
    /// sure. It happens by itself as well.
    /// </summary>
    [Alias("settle")]
    ValueTask<FlavorSettlement> Settle();
}
