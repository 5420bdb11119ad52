using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Contracts;

/// <summary>A run as a grain; its key is <c>namespace/name</c>.</summary>
[Alias("jobtree.run")]
public interface IRunGrain : IRun, IJournaledGrain, IGrainWithStringKey;
