namespace Jobtree.Actors.Runs;

/// <summary>A hold on a run that waits: it asks for no admission until somebody releases it.</summary>
/// <param name="By">Who holds it; absent if nobody said so.</param>
/// <param name="Since">Since when.</param>
/// <param name="Reason">Why, if that was said.</param>
/// <param name="Operation">The command's id.</param>
/// <param name="IsInQueue">Whether the run may still be in the queue of its flavor, which it is to leave.</param>
public sealed record RunHold(
    string? By, DateTimeOffset Since, string? Reason, string Operation, bool IsInQueue = false)
{
    /// <summary>Who holds it, for people.</summary>
    public string Holder() => By ?? "an unnamed caller";
}

/// <summary>A command that holds a run.</summary>
/// <param name="By">Who holds it; absent if nobody said so.</param>
/// <param name="Reason">Why, if that is said.</param>
/// <param name="Operation">The command's id.</param>
public sealed record HoldCommand(string? By, string? Reason, string Operation);

/// <summary>The end of a hold.</summary>
/// <param name="By">Who ends it; absent if nobody said so.</param>
/// <param name="Operation">The command's id.</param>
public sealed record HoldRelease(string? By, string Operation);
