using Jobtree.Core.Model;

namespace Jobtree.Actors.Flavors;

/// <summary>An envelope as its flavor sees it.</summary>
/// <param name="Envelope">The envelope.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Terms">Its terms.</param>
/// <param name="Headroom">GPUs that a claim of its owner would still find funded.</param>
public sealed record EnvelopeRoom(EnvelopeKey Envelope, string Owner, Envelope Terms, int Headroom);
