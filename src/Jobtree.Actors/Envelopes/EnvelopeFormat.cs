using System.Text.Json;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Envelopes;

/// <summary>
/// The records of an envelope's journal as bytes: those of <see cref="EnvelopeJson"/>, without its detours.
/// </summary>
internal static class EnvelopeFormat
{
    public static void Write(ref RecordWriter writer, EnvelopeFacts facts)
    {
        writer.BeginObject();
        writer.Member("flavor"u8, facts.Flavor);
        writer.Name("changes"u8);
        writer.BeginArray();
        for (var i = 0; i < facts.Changes.Count; i++)
            Write(ref writer, facts.Changes[i]);
        writer.EndArray();
        writer.EndObject();
    }

    /// <summary>Reads a record.</summary>
    /// <param name="record">Its bytes.</param>
    /// <param name="texts">Where texts that come again are shared; null: nowhere.</param>
    /// <exception cref="JsonException">They are not those of a record.</exception>
    public static EnvelopeFacts Read(ReadOnlySpan<byte> record, SharedText? texts)
    {
        var reader = new RecordReader(record, texts);
        string? flavor = null;
        List<ClaimChange>? changes = null;
        if (!reader.Begin())
            throw new JsonException("The record is null.");
        while (reader.NextMember())
        {
            if (reader.Is("flavor"u8))
                flavor = reader.Text();
            else if (reader.Is("changes"u8))
                changes = ReadChanges(ref reader);
            else
                reader.Skip();
        }
        reader.End();
        return new EnvelopeFacts(
            flavor ?? throw RecordReader.Missing("flavor"), changes ?? throw RecordReader.Missing("changes"));
    }

    private static void Write(ref RecordWriter writer, in ClaimChange change)
    {
        writer.BeginObject();
        writer.Member("sequence"u8, change.Sequence);
        writer.Member("lease"u8, change.Lease);
        writer.Member("run"u8, change.Run);
        writer.Member("gpus"u8, change.Gpus);
        writer.Member("spare"u8, change.Spare);
        if (change.Class is { } fundingClass)
            writer.Member("class"u8, fundingClass);
        writer.Member("at"u8, change.At);
        writer.EndObject();
    }

    private static List<ClaimChange>? ReadChanges(ref RecordReader reader)
    {
        if (!reader.Begin(isArray: true))
            return null;
        var changes = new List<ClaimChange>();
        while (reader.NextObject())
            changes.Add(ReadChange(ref reader));
        return changes;
    }

    private static ClaimChange ReadChange(ref RecordReader reader)
    {
        long sequence = 0, lease = 0;
        RunKey run = default;
        var gpus = 0;
        var spare = false;
        FundingClass? fundingClass = null;
        DateTimeOffset at = default;
        while (reader.NextMember())
        {
            if (reader.Is("sequence"u8))
                sequence = reader.ReadLong();
            else if (reader.Is("lease"u8))
                lease = reader.ReadLong();
            else if (reader.Is("run"u8))
                run = reader.Run();
            else if (reader.Is("gpus"u8))
                gpus = reader.ReadInt();
            else if (reader.Is("spare"u8))
                spare = reader.Flag();
            else if (reader.Is("class"u8))
                fundingClass = reader.Named<FundingClass>();
            else if (reader.Is("at"u8))
                at = reader.Time();
            else
                reader.Skip();
        }
        return new ClaimChange(sequence, lease, run, gpus, spare, fundingClass, at);
    }
}
