using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Contracts;

/// <summary>The directory as a grain; there is one, with the key <see cref="Key"/>.</summary>
[Alias("jobtree.directory")]
public interface IDirectoryGrain : IDirectory, IJournaledGrain, IGrainWithStringKey
{
    /// <summary>The key of the directory.</summary>
    const string Key = "fleet";
}
