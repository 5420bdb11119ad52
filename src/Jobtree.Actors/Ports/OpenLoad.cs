namespace Jobtree.Actors.Ports;

/// <summary>What the runs take that cannot leave memory yet: those that have not ended, and those that have and are not
/// in the history.</summary>
/// <param name="Runs">How many there are.</param>
/// <param name="Bytes">About how many bytes of memory they take.</param>
/// <param name="Submitters">The parts of those who submitted most of them, the largest first.</param>
public sealed record OpenLoad(long Runs, long Bytes, IReadOnlyList<SubmitterLoad> Submitters)
{
    /// <summary>The load of nothing.</summary>
    public static OpenLoad None { get; } = new(0, 0, []);

    /// <summary>The part of a submitter; of one who is not listed, nothing.</summary>
    /// <param name="submitter">Who submitted.</param>
    public SubmitterLoad Of(string submitter) =>
        Submitters.FirstOrDefault(load => load.By == submitter) ?? new SubmitterLoad(submitter, 0, 0);

    /// <summary>The sum of some loads.</summary>
    /// <param name="loads">The loads.</param>
    public static OpenLoad Sum(IReadOnlyList<OpenLoad> loads) => new(
        loads.Sum(static load => load.Runs), loads.Sum(static load => load.Bytes),
        [.. loads.SelectMany(static load => load.Submitters).GroupBy(static load => load.By, static (by, parts) =>
            new SubmitterLoad(by, parts.Sum(static part => part.Runs), parts.Sum(static part => part.Bytes)))
            .OrderByDescending(static load => load.Bytes).ThenBy(static load => load.By, StringComparer.Ordinal)]);
}

/// <summary>What the runs of one submitter take.</summary>
/// <param name="By">Who submitted them: the name of a token.</param>
/// <param name="Runs">How many there are.</param>
/// <param name="Bytes">About how many bytes of memory they take.</param>
public sealed record SubmitterLoad(string By, long Runs, long Bytes);
