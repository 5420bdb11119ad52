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

/// <summary>A hold or a release that took effect, as the run remembers it.</summary>
/// <param name="Number">Its number among those of the submission, from 1.</param>
/// <param name="At">When.</param>
/// <param name="By">Who asked for it; absent if nobody said so.</param>
/// <param name="Reason">Why it was held; absent if that was not said.</param>
/// <param name="IsRelease">Whether it is a release.</param>
public sealed record HoldStep(int Number, DateTimeOffset At, string? By, string? Reason, bool IsRelease = false)
{
    private const int CountMax = 64;

    /// <summary>The steps to remember with one more: the most recent ones.</summary>
    internal static IReadOnlyList<HoldStep> With(IReadOnlyList<HoldStep>? known, HoldStep next) =>
        [.. (known ?? []).Append(next with { Number = (known is [.., var last] ? last.Number : 0) + 1 })
            .TakeLast(CountMax)];

    /// <summary>The steps to remember when the last one turns out to have had no effect, if that is a hold.</summary>
    internal static IReadOnlyList<HoldStep>? WithoutLastHold(IReadOnlyList<HoldStep>? known) => known switch
    {
        [{ IsRelease: false }] => null,
        [.., { IsRelease: false }] => [.. known.SkipLast(1)],
        _ => known,
    };
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
