using Jobtree.Core.Model;

namespace Jobtree.Actors.Flavors;

/// <summary>An envelope as its flavor sees it.</summary>
/// <param name="Envelope">The envelope.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Terms">Its terms.</param>
/// <param name="Headroom">GPUs that a claim of its owner would still find funded.</param>
/// <param name="Gpus">GPUs claimed on it now, by class.</param>
/// <param name="SpareGpus">How many of these are spares.</param>
public sealed record EnvelopeRoom(
    EnvelopeKey Envelope, string Owner, Envelope Terms, int Headroom, ClassSplit Gpus, int SpareGpus);
