using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>A few lines that a tired person can act on.</summary>
/// <param name="Run">The run.</param>
/// <param name="Phase">The run's phase.</param>
/// <param name="Where">One sentence: the run's state, and since when.</param>
/// <param name="WhyNot">Why it has got no further, most binding first; empty once it runs or has ended.</param>
/// <param name="Ahead">Runs served before it, nearest last; at most ten, with a line for the rest.</param>
/// <param name="Sooner">What would start it sooner.</param>
/// <param name="Eta">When it would start, if it waits; when its workload expects to end, if it runs and reported
/// that.</param>
/// <param name="Funding">Who pays or would pay, one line per claim.</param>
/// <param name="Receipt">Why it was cut last; absent if it was not, or if it runs again.</param>
/// <param name="Losses">The last times that it lost GPUs and ran on, with the claim that needed them, oldest first;
/// absent if it did not.</param>
/// <param name="Queue">Its place in the queue; absent if it does not wait for GPUs, or can never fit.</param>
public sealed record Explanation(
    RunKey Run,
    RunPhase Phase,
    string Where,
    IReadOnlyList<string> WhyNot,
    IReadOnlyList<string> Ahead,
    IReadOnlyList<string> Sooner,
    RunEta? Eta,
    IReadOnlyList<string> Funding,
    CutReceipt? Receipt = null,
    IReadOnlyList<RunHappening>? Losses = null,
    QueuePlace? Queue = null);
