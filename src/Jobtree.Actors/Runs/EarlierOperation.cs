namespace Jobtree.Actors.Runs;

/// <summary>A command that took effect on an earlier submission of a run, so that a late repeat takes none.</summary>
/// <param name="Id">The command's id.</param>
/// <param name="Did">What it did: how the submission came out, or how it ended the run.</param>
public sealed record EarlierOperation(string Id, string Did)
{
    private const int CountMax = 32;

    /// <summary>What is remembered when a run is submitted again: the last commands, those of its last submission among
    /// them.</summary>
    /// <param name="last">The run before that.</param>
    public static IReadOnlyList<EarlierOperation>? After(RunRecord last)
    {
        // A submission that was refused took no effect: repeated, it may be taken.
        if (last.IsRefused)
            return last.EarlierOperations;
        List<EarlierOperation> operations = [.. last.EarlierOperations ?? []];
        operations.Add(new EarlierOperation(last.SubmitOperation, last.SubmissionOutcome));
        // Journals of older versions carry the end of a submission on to the next.
        if (last.EndOperation is { Length: > 0 } end && operations.TrueForAll(known => known.Id != end))
            operations.Add(new EarlierOperation(end, last.Reason));
        return [.. operations.TakeLast(CountMax)];
    }
}
