namespace Jobtree.Bench.Kueue;

/// <summary>One class of workloads that every queue of a test creates.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">How many per queue.</param>
/// <param name="Gpus">What each asks for.</param>
/// <param name="Runtime">How long each runs once admitted.</param>
/// <param name="Interval">The time between two of one queue.</param>
/// <param name="PublishedSeconds">Kueue's published mean time to admission.</param>
internal sealed record KueueClass(
    string Name, int Count, int Gpus, TimeSpan Runtime, TimeSpan Interval, double PublishedSeconds);
