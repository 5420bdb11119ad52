using System.Text.Json;
using System.Text.Json.Serialization;
using Jobtree.Core.Ledger;

namespace Jobtree.Journal;

/// <summary>
/// A ledger as a file that anybody can check: a line that names the ledger, the entries byte for byte, one a line, and
/// a line with their number and the head.
/// </summary>
/// <param name="to">Where to write.</param>
/// <param name="flavor">The flavor.</param>
public sealed class LedgerFile(Stream to, string flavor)
{
    private long entries;
    private string head = HashChain.Root;

    /// <summary>Writes the line that names the ledger.</summary>
    /// <param name="first">The number of the first entry that follows.</param>
    public void Begin(long first) => Line(JsonSerializer.SerializeToUtf8Bytes(
        new LedgerFileBegin(flavor, first), LedgerFileJson.Default.LedgerFileBegin));

    /// <summary>Writes the next entry.</summary>
    /// <param name="record">The entry's bytes.</param>
    public void Add(ReadOnlySpan<byte> record)
    {
        Line(record);
        (entries, head) = (entries + 1, HashChain.Link(record));
    }

    /// <summary>Writes the last line, without which a file is known to be cut off.</summary>
    public void End() => Line(JsonSerializer.SerializeToUtf8Bytes(
        new LedgerFileEnd(flavor, entries, head), LedgerFileJson.Default.LedgerFileEnd));

    private void Line(ReadOnlySpan<byte> line)
    {
        to.Write(line);
        to.WriteByte((byte)'\n');
    }
}

/// <summary>The first line of a ledger file.</summary>
/// <param name="Ledger">The flavor.</param>
/// <param name="First">The number of the first entry.</param>
internal sealed record LedgerFileBegin(string Ledger, long First);

/// <summary>The last line of a ledger file.</summary>
/// <param name="End">The flavor.</param>
/// <param name="Entries">How many entries there are.</param>
/// <param name="Head">The SHA-256 of the last entry in base64.</param>
internal sealed record LedgerFileEnd(string End, long Entries, string Head);

/// <summary>The JSON of the first and last line.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LedgerFileBegin))]
[JsonSerializable(typeof(LedgerFileEnd))]
internal sealed partial class LedgerFileJson : JsonSerializerContext;
