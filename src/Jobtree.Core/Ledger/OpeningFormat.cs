using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>Serializes the new leases of a ledger entry.</summary>
internal static class OpeningFormat
{
    public static void Write(ref RecordWriter writer, Opening opening)
    {
        writer.BeginObject();
        if (opening.Demand is { } demand)
        {
            writer.Name("demand"u8);
            DemandFormat.Write(ref writer, demand);
        }
        if (opening.Run is { } run)
            writer.Member("run"u8, run);
        if (opening.Reason != default)
            writer.Member("reason"u8, opening.Reason);
        writer.Member("firstLease"u8, opening.FirstLease);
        writer.Name("leases"u8);
        writer.BeginArray();
        for (var i = 0; i < opening.Leases.Count; i++)
            Write(ref writer, opening.Leases[i]);
        writer.EndArray();
        writer.EndObject();
    }

    public static Opening? Read(ref RecordReader reader)
    {
        return reader.Begin() ? ReadBody(ref reader) : null;
    }

    /// <summary>Reads an opening whose object has begun.</summary>
    public static Opening ReadBody(ref RecordReader reader)
    {
        Demand? demand = null;
        RunKey? run = null;
        LeaseStartReason reason = default;
        long? firstLease = null;
        IReadOnlyList<OpeningLease>? leases = null;
        while (reader.NextMember())
        {
            if (reader.Is("demand"u8))
                demand = DemandFormat.Read(ref reader);
            else if (reader.Is("run"u8))
                run = reader.Run();
            else if (reader.Is("reason"u8))
                reason = reader.Named<LeaseStartReason>();
            else if (reader.Is("firstLease"u8))
                firstLease = reader.ReadLong();
            else if (reader.Is("leases"u8))
                leases = ReadLeases(ref reader);
            else
                reader.Skip();
        }
        return new Opening
        {
            Demand = demand,
            Run = run,
            Reason = reason,
            FirstLease = firstLease ?? throw RecordReader.Missing("firstLease"),
            Leases = leases ?? throw RecordReader.Missing("leases"),
        };
    }

    private static void Write(ref RecordWriter writer, OpeningLease lease)
    {
        writer.BeginObject();
        if (lease.Group != 0)
            writer.Member("group"u8, lease.Group);
        if (lease.Chunk != 0)
            writer.Member("chunk"u8, lease.Chunk);
        if (lease.Role != default)
            writer.Member("role"u8, lease.Role);
        if (lease.Payer is { } payer)
            writer.Member("payer"u8, payer);
        writer.Name("slots"u8);
        writer.BeginArray();
        for (var i = 0; i < lease.Slots.Count; i++)
            writer.Value(lease.Slots[i]);
        writer.EndArray();
        writer.EndObject();
    }

    private static OpeningLease[]? ReadLeases(ref RecordReader reader)
    {
        if (!reader.Begin(isArray: true))
            return null;
        if (!reader.NextObject())
            return [];
        var first = ReadLease(ref reader);
        if (!reader.NextObject())
            return [first];
        var leases = new List<OpeningLease> { first };
        do
        {
            leases.Add(ReadLease(ref reader));
        }
        while (reader.NextObject());
        return [.. leases];
    }

    private static OpeningLease ReadLease(ref RecordReader reader)
    {
        int group = 0, chunk = 0;
        LeaseRole role = default;
        EnvelopeKey? payer = null;
        IReadOnlyList<NodeSlots>? slots = null;
        while (reader.NextMember())
        {
            if (reader.Is("slots"u8))
                slots = reader.SlotList();
            else if (reader.Is("payer"u8))
                payer = reader.Envelope();
            else if (reader.Is("group"u8))
                group = reader.ReadInt();
            else if (reader.Is("chunk"u8))
                chunk = reader.ReadInt();
            else if (reader.Is("role"u8))
                role = reader.Named<LeaseRole>();
            else
                reader.Skip();
        }
        return new OpeningLease { Group = group, Chunk = chunk, Role = role, Payer = payer, Slots = slots
            ?? throw RecordReader.Missing("slots") };
    }
}
