using Jobtree.Actors.Flavors;
using Jobtree.Actors.Runs;

namespace Jobtree.Actors.Ports;

/// <summary>
/// Is told what the actors on this host do, when it happens, so that the host can measure it. Calls come from actors'
/// turns and from operations, on any thread: they must be quick and must not throw. Nothing that a replay repeats is
/// told, so sums over hosts and restarts count each thing once.
/// </summary>
public interface IFleetObserver
{
    /// <summary>
    /// A run was submitted, by whichever door, and the caller is about to be answered. A submission that changes
    /// nothing is not told.
    /// </summary>
    /// <param name="flavor">The run's flavor; <see cref="UnknownFlavor"/> if the fleet has none of that name.</param>
    /// <param name="result"><c>bound</c>, <c>reserved</c>, <c>waiting</c>, or <c>error</c> if it was refused or
    /// failed.</param>
    /// <param name="elapsed">The time from the command's arrival until its answer was durable, without the time of the
    /// command's other documents.</param>
    void Submitted(string flavor, string result, TimeSpan elapsed)
    {
    }

    /// <summary>A flavor decided on one admission: of a submission, or of a run that it then started from its
    /// queue.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="isFundable">Whether the run was funded or got a reservation; null: it was refused.</param>
    /// <param name="elapsed">The time that the decision took.</param>
    void Decided(string flavor, bool? isFundable, TimeSpan elapsed)
    {
    }

    /// <summary>A run that had waited starts from a flavor's queue.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="elapsed">The time from the beginning of the pass over the queue until this start.</param>
    void StartedFromQueue(string flavor, TimeSpan elapsed)
    {
    }

    /// <summary>A run starts for the first time since it was submitted.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="waited">The time since its submission.</param>
    void StartedFirst(string flavor, TimeSpan waited)
    {
    }

    /// <summary>A run that had waited starts.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="late">Actual minus forecast start; negative: early.</param>
    void StartedLate(string flavor, TimeSpan late)
    {
    }

    /// <summary>A running attempt was cut for another run, and its run waits again.</summary>
    /// <param name="flavor">The flavor.</param>
    void Cut(string flavor)
    {
    }

    /// <summary>A run has ended.</summary>
    /// <param name="run">The run.</param>
    void Ended(RunRecord run)
    {
    }

    /// <summary>A flavor is active on this host from now on.</summary>
    /// <param name="flavor">The flavor.</param>
    void Activated(string flavor)
    {
    }

    /// <summary>A flavor is not active on this host any more.</summary>
    /// <param name="flavor">The flavor.</param>
    void Deactivated(string flavor)
    {
    }

    /// <summary>A pass of the continuous check over a flavor is complete.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="findings">What it found.</param>
    void Checked(string flavor, FlavorFindings findings)
    {
    }

    /// <summary>The flavor of submissions that name none of the fleet's.</summary>
    const string UnknownFlavor = "unknown";
}
