using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Contracts;

/// <summary>An envelope as a grain; its key is <c>budget/envelope</c>.</summary>
[Alias("jobtree.envelope")]
public interface IEnvelopeGrain : IEnvelope, IJournaledGrain, IGrainWithStringKey;
