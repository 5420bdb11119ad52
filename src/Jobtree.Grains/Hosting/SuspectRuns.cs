using Jobtree.Core.Model;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// Runs that two passes of a check in a row suspected of the same fault, so that what is merely under way is no fault.
/// </summary>
/// <param name="max">How many a pass may suspect; the others wait for the next pass.</param>
internal sealed class SuspectRuns(int max)
{
    private HashSet<RunKey> before = [];
    private HashSet<RunKey> now = [];

    /// <summary>The runs that the last pass confirmed.</summary>
    public IReadOnlyList<RunKey> Confirmed { get; private set; } = [];

    /// <summary>Suspects a run in the present pass.</summary>
    public void Suspect(RunKey run)
    {
        if (now.Count < max)
            now.Add(run);
    }

    /// <summary>Ends a pass: asks about the runs that the pass before suspected as well.</summary>
    /// <param name="isFault">Whether a run has the fault, by its own word.</param>
    public async Task Confirm(Func<RunKey, ValueTask<bool>> isFault)
    {
        var confirmed = new List<RunKey>();
        foreach (var run in now)
        {
            if (before.Contains(run) && await isFault(run))
                confirmed.Add(run);
        }
        (before, now) = (now, before);
        now.Clear();
        Confirmed = confirmed;
    }
}
