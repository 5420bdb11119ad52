using System.Text.Json;
using System.Text.Json.Serialization;
using Jobtree.Core.Ledger;

namespace Jobtree.Api.Auditing;

/// <summary>
/// What somebody asked the API to change, or was refused: who, what, and how it was answered. It never holds a token, a
/// body, or what a manifest gives to a workload.
/// </summary>
public sealed record AuditEntry
{
    /// <summary>The entry's number, from 1.</summary>
    public long Sequence { get; init; }

    /// <summary>When it was answered.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The SHA-256 of the entry before, in base64; empty for the first one.</summary>
    public string Previous { get; init; } = HashChain.Root;

    /// <summary>The token's name; absent: no valid token, or the API asks for none.</summary>
    public string? Token { get; init; }

    /// <summary>The role of the token.</summary>
    public string? Role { get; init; }

    /// <summary>The address that the request came from; behind a proxy, the proxy's.</summary>
    public string? Address { get; init; }

    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The route, with its parameters unfilled.</summary>
    public required string Route { get; init; }

    /// <summary>What it was about, such as <c>Run default/train</c>; absent: not known.</summary>
    public string? Target { get; init; }

    /// <summary>The command's id, as the caller gave or got it.</summary>
    public string? Operation { get; init; }

    /// <summary>What the target was before, in a few words; absent: it was not, or it was not looked at.</summary>
    public string? Before { get; init; }

    /// <summary>What it is now, in a few words.</summary>
    public string? After { get; init; }

    /// <summary>The status of the answer.</summary>
    public required int Status { get; init; }

    /// <summary>The code of the problem that the answer was; absent: it succeeded.</summary>
    public string? Code { get; init; }

    /// <summary>How many refusals and failures before this entry have none of their own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Omitted { get; init; }
}

/// <summary>Numbers entries and links each to the one before it.</summary>
/// <param name="sequence">The number of the last entry; 0: there is none.</param>
/// <param name="head">The link after it.</param>
public sealed class AuditChain(long sequence = 0, string head = HashChain.Root)
{
    /// <summary>The number of the last entry.</summary>
    public long Sequence { get; private set; } = sequence;

    /// <summary>The link that the next entry carries.</summary>
    public string Head { get; private set; } = head;

    /// <summary>The chain behind an entry.</summary>
    /// <param name="line">The entry's bytes.</param>
    /// <exception cref="JsonException">They are no entry.</exception>
    public static AuditChain Behind(ReadOnlySpan<byte> line) => new(Read(line).Sequence, HashChain.Link(line));

    /// <summary>Reads an entry.</summary>
    /// <param name="line">Its bytes.</param>
    /// <exception cref="JsonException">They are no entry.</exception>
    public static AuditEntry Read(ReadOnlySpan<byte> line) =>
        JsonSerializer.Deserialize(line, AuditJson.Default.AuditEntry) ?? throw new JsonException("Not an entry.");

    /// <summary>Adds an entry to a copy of the chain, so that what cannot be kept leaves this one as it is.</summary>
    public AuditChain Copy() => new(Sequence, Head);

    /// <summary>Adds an entry.</summary>
    /// <param name="entry">The entry, without number and link.</param>
    /// <returns>Its bytes: one line of JSON.</returns>
    public byte[] Add(AuditEntry entry)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(
            entry with { Sequence = Sequence + 1, Previous = Head }, AuditJson.Default.AuditEntry);
        (Sequence, Head) = (Sequence + 1, HashChain.Link(line));
        return line;
    }
}

/// <summary>The JSON of an entry.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditEntry))]
internal sealed partial class AuditJson : JsonSerializerContext;
