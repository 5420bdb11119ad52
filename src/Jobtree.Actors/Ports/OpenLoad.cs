using System.Text.Json.Serialization;

namespace Jobtree.Actors.Ports;

/// <summary>What the runs take that cannot leave memory yet: those that have not ended, and those that have and are not
/// in the history.</summary>
/// <param name="Runs">How many there are.</param>
/// <param name="Bytes">About how many bytes of memory they take.</param>
/// <param name="Submitters">The parts of those who submitted most of them, by the names of their tokens, the largest
/// first.</param>
/// <param name="Owners">The parts of the <see cref="FamilyOf">families</see> of owners who have most of them, the
/// largest first; absent: a silo of an earlier version does not tell.</param>
public sealed record OpenLoad(
    long Runs, long Bytes, IReadOnlyList<LoadPart> Submitters, IReadOnlyList<LoadPart>? Owners = null)
{
    private const char OwnerSeparator = ':';

    /// <summary>The load of nothing.</summary>
    public static OpenLoad None { get; } = new(0, 0, []);

    /// <summary>The part of a submitter; of one who is not listed, nothing.</summary>
    /// <param name="submitter">Who submitted.</param>
    public LoadPart OfSubmitter(string submitter) => Of(Submitters, submitter);

    /// <summary>The part of a family of owners; of one that is not listed, nothing.</summary>
    /// <param name="family">The family.</param>
    public LoadPart OfOwners(string family) => Of(Owners ?? [], family);

    /// <summary>The first two names of an owner's path: <c>org:ai</c> for <c>org:ai:rai</c>. Those under it share in
    /// what it may have, so that naming more of them gains nothing.</summary>
    /// <param name="owner">The owner.</param>
    public static string FamilyOf(string owner) =>
        owner.IndexOf(OwnerSeparator, StringComparison.Ordinal) is >= 0 and var first
            && owner.IndexOf(OwnerSeparator, first + 1) is >= 0 and var second ? owner[..second] : owner;

    /// <summary>The sum of some loads.</summary>
    /// <param name="loads">The loads.</param>
    public static OpenLoad Sum(IReadOnlyList<OpenLoad> loads) => new(
        loads.Sum(static load => load.Runs), loads.Sum(static load => load.Bytes),
        Sum(loads.SelectMany(static load => load.Submitters)),
        Sum(loads.SelectMany(static load => load.Owners ?? [])));

    private static LoadPart[] Sum(IEnumerable<LoadPart> parts) =>
    [
        .. parts.GroupBy(static part => part.Of, static (of, parts) =>
            new LoadPart(of, parts.Sum(static part => part.Runs), parts.Sum(static part => part.Bytes)))
            .OrderByDescending(static part => part.Bytes).ThenBy(static part => part.Of, StringComparer.Ordinal),
    ];

    private static LoadPart Of(IReadOnlyList<LoadPart> parts, string of) =>
        parts.FirstOrDefault(part => part.Of == of) ?? new LoadPart(of, 0, 0);
}

/// <summary>What the runs of somebody take.</summary>
/// <param name="Of">Whose they are; on the wire as it was called when there were submitters only.</param>
/// <param name="Runs">How many there are.</param>
/// <param name="Bytes">About how many bytes of memory they take.</param>
public sealed record LoadPart([property: JsonPropertyName("By")] string Of, long Runs, long Bytes);
