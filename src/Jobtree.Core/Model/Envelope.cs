using System.Text.Json.Serialization;
using Jobtree.Core.Funding;

namespace Jobtree.Core.Model;

/// <summary>A claim on a number of GPUs of one flavor, on nodes that match a selector, for a window of time.</summary>
public sealed record Envelope
{
    /// <summary>The name, unique in its budget.</summary>
    public required string Name { get; init; }

    /// <summary>The GPU flavor.</summary>
    public required string Flavor { get; init; }

    /// <summary>
    /// Labels that a node must have for the envelope to pay there. Absent or empty matches every node.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>The width: how many GPUs it funds at once, at least 0.</summary>
    // Always written: journals leave out zeros, and zero is not what an absent value means here.
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int Concurrency { get; init; }

    /// <summary>The window's first instant; absent: it has always been open.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>The first instant after the window, later than <see cref="Start"/>; absent: it stays open.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>GPU-hours meant to be used on it. Shown beside what is used; gates nothing.</summary>
    public double? MaxGPUHours { get; init; }

    /// <summary>Which family members may use what the owner leaves idle.</summary>
    public Sharing Sharing { get; init; }

    /// <summary>What is allowed before the window opens; absent: everything.</summary>
    public PreActivation? PreActivation { get; init; }

    /// <summary>Who else may borrow, and how much.</summary>
    public Lending? Lending { get; init; }

    /// <summary>Whether the window covers an instant. An envelope funds nothing outside its window.</summary>
    /// <param name="at">The instant.</param>
    public bool IsOpen(DateTimeOffset at) => !OpensAfter(at) && (End is null || at < End);

    /// <summary>Whether the window opens only after an instant.</summary>
    /// <param name="at">The instant.</param>
    public bool OpensAfter(DateTimeOffset at) => Start > at;

    /// <summary>Whether a new claim may be on it: it is open, or it opens later and allows claims before.</summary>
    /// <param name="at">The instant.</param>
    public bool TakesClaims(DateTimeOffset at) =>
        OpensAfter(at) ? PreActivation is not { AllowAdmission: false } : IsOpen(at);

    /// <summary>Whether the window opens after an instant and may be reserved for before that.</summary>
    /// <param name="at">The instant.</param>
    public bool TakesReservations(DateTimeOffset at) =>
        OpensAfter(at) && PreActivation is not { AllowReservations: false };
}

/// <summary>
/// The identity of an envelope: <c>namespace/budget/envelope</c>, without the namespace if it is <c>default</c>. An
/// aggregate cap is named the same way.
/// </summary>
/// <param name="Budget">The budget's key: <c>namespace/name</c>, or its name in <c>default</c>.</param>
/// <param name="Envelope">The envelope's or cap's name, unique in its budget.</param>
public readonly record struct EnvelopeKey(string Budget, string Envelope)
{
    /// <summary>Reads <c>namespace/budget/envelope</c> or <c>budget/envelope</c>.</summary>
    /// <param name="text">The text to read.</param>
    /// <returns>The key.</returns>
    /// <exception cref="FormatException">The text has no slash, or nothing before or after it.</exception>
    public static EnvelopeKey Parse(string text)
    {
        var slash = text.LastIndexOf('/');
        return slash > 0 && slash < text.Length - 1
            ? new EnvelopeKey(text[..slash], text[(slash + 1)..])
            : throw new FormatException($"'{text}' is not an envelope; write namespace/budget/envelope.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Budget}/{Envelope}";
}

/// <summary>Who other than its owner may use an envelope without consent.</summary>
public enum Sharing
{
    /// <summary>Descendants, siblings and cousins of the owner; their use can be recalled by rank.</summary>
    Family,

    /// <summary>Nobody.</summary>
    None,
}

/// <summary>What an envelope allows before its window opens.</summary>
/// <remarks>Journals leave out what is false, so these are false where they are absent. Where the whole section is
/// absent, and for what a manifest's section leaves out, both are true.</remarks>
public sealed record PreActivation
{
    /// <summary>Whether a run that only this window can fund may hold a reservation for its opening.</summary>
    public bool AllowReservations { get; init; }

    /// <summary>Whether a run may start early with its claim here; it is unfunded until the window opens.</summary>
    public bool AllowAdmission { get; init; }
}

/// <summary>Whether and to whom an envelope lends outside the family.</summary>
public sealed record Lending
{
    /// <summary>Whether it lends at all.</summary>
    public bool Allow { get; init; }

    /// <summary>Patterns of owners that may borrow; <c>*</c> matches any text. If empty, everybody may.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>The most GPUs lent at once; absent: up to the envelope's concurrency.</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>Whether an owner may borrow.</summary>
    /// <param name="owner">The owner.</param>
    public bool IsFor(string owner) =>
        Allow && (To.Count == 0 || To.Any(pattern => OwnerPattern.Matches(pattern, owner)));
}
