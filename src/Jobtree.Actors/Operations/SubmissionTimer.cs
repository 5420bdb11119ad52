using Jobtree.Actors.Ports;
using Jobtree.Manifests;

namespace Jobtree.Actors.Operations;

/// <summary>
/// Times the runs of one command and tells the observer of each once, when the command's answer is known. A run's time
/// is that of the whole command, its checks and its wait for durability included, less the time that the other
/// documents took.
/// </summary>
/// <param name="observer">The observer.</param>
/// <param name="time">The clock.</param>
/// <param name="manifests">The command's documents.</param>
public sealed class SubmissionTimer(IFleetObserver observer, TimeProvider time, IReadOnlyList<Manifest> manifests)
{
    private const string Error = "error";

    private readonly long began = time.GetTimestamp();
    private readonly (string Outcome, TimeSpan Took)[] steps = new (string, TimeSpan)[manifests.Count];
    private IReadOnlyList<string> flavors = [];
    private TimeSpan spent;
    private int done;

    /// <summary>The command is tried, for the first time or again: what an earlier try did is forgotten.</summary>
    /// <param name="known">The flavors of the fleet. Other names come from callers and must not become series.</param>
    internal void Begin(IReadOnlyList<string> known) => (flavors, spent, done) = (known, TimeSpan.Zero, 0);

    /// <summary>A timestamp from which a step is timed.</summary>
    internal long BeginStep() => time.GetTimestamp();

    /// <summary>The next documents were applied.</summary>
    /// <param name="applied">Their outcomes.</param>
    /// <param name="from">When the step began.</param>
    internal void EndStep(IReadOnlyList<Applied> applied, long from)
    {
        var took = time.GetElapsedTime(from);
        spent += took;
        for (var i = 0; i < applied.Count; i++)
            steps[done++] = (applied[i].Outcome, took);
    }

    /// <summary>Tells the observer; to be called once, when the command was answered or has failed.</summary>
    public void Report()
    {
        var others = time.GetElapsedTime(began) - spent;
        for (var i = 0; i < manifests.Count; i++)
        {
            if (manifests[i] is not RunManifest run)
                continue;
            var flavor = run.Spec.Resources.GpuType;
            if (i >= done)
                observer.Submitted(flavors.Contains(flavor) ? flavor : IFleetObserver.UnknownFlavor, Error, others);
            else if (steps[i].Outcome is "bound" or "reserved" or "waiting")
                observer.Submitted(flavor, steps[i].Outcome, others + steps[i].Took);
        }
    }
}
