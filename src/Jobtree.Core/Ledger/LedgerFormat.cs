using System.Text.Json;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>
/// Serializes ledger entries to the same bytes as <see cref="LedgerJson"/>. Starts, ends, waits and reservations are
/// nearly all entries, so they are handled by hand-written code, which allocates less. The serializer handles the other
/// parts, and reads reservations.
/// </summary>
public static class LedgerFormat
{
    /// <summary>Writes an entry.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="entry">The entry.</param>
    public static void Write(ref RecordWriter writer, LedgerEntry entry)
    {
        var json = LedgerJson.Default;
        writer.BeginObject();
        if (entry.Sequence != 0)
            writer.Member("sequence"u8, entry.Sequence);
        if (entry.At != default)
            writer.Member("at"u8, entry.At);
        writer.Member("previous"u8, entry.Previous);
        if (entry.Nodes is { } nodes)
            writer.Member("nodes"u8, nodes, json.IReadOnlyListNode);
        if (entry.NodesRemoved is { } nodesRemoved)
            writer.Member("nodesRemoved"u8, nodesRemoved, json.IReadOnlyListString);
        if (entry.Budgets is { } budgets)
            writer.Member("budgets"u8, budgets, json.IReadOnlyListBudget);
        if (entry.BudgetsRemoved is { } budgetsRemoved)
            writer.Member("budgetsRemoved"u8, budgetsRemoved, json.IReadOnlyListString);
        if (entry.Queue is { } queue)
        {
            writer.Name("queue"u8);
            DemandFormat.Write(ref writer, queue);
        }
        if (entry.Leave is { } leave)
            writer.Member("leave"u8, leave, json.Departure);
        if (entry.Reserve is { } reserve)
        {
            writer.Name("reserve"u8);
            ReservationFormat.Write(ref writer, reserve);
        }
        if (entry.Lapse is { } lapse)
            writer.Member("lapse"u8, lapse);
        if (entry.Close is { } close)
        {
            writer.Name("close"u8);
            writer.BeginArray();
            for (var i = 0; i < close.Count; i++)
                Write(ref writer, close[i]);
            writer.EndArray();
        }
        if (entry.End is { } end)
            writer.Member("end"u8, end, json.IReadOnlyListLeaseEnd);
        if (entry.Open is { } open)
        {
            writer.Name("open"u8);
            OpeningFormat.Write(ref writer, open);
        }
        if (entry.Lottery is { } lottery)
            writer.Member("lottery"u8, lottery, json.Lottery);
        if (entry.Resolution is { } resolution)
            writer.Member("resolution"u8, resolution, json.Resolution);
        if (entry.Swap is { } swap)
        {
            writer.Name("swap"u8);
            writer.BeginArray();
            for (var i = 0; i < swap.Count; i++)
                OpeningFormat.Write(ref writer, swap[i]);
            writer.EndArray();
        }
        if (entry.Assign is { } assign)
            writer.Member("assign"u8, assign, json.IReadOnlyListPayerAssignment);
        if (entry.Resize is { } resize)
            writer.Member("resize"u8, resize, json.IReadOnlyListWidthChange);
        if (entry.Loss is { } loss)
            writer.Member("loss"u8, loss, json.LedgerLoss);
        if (entry.By is { } by)
            writer.Member("by"u8, by);
        writer.EndObject();
    }

    /// <summary>Reads an entry.</summary>
    /// <param name="record">The entry's bytes.</param>
    /// <param name="texts">Where repeated texts are shared; null if they are not.</param>
    /// <param name="head">The link that the entry is expected to carry, to reuse its string.</param>
    /// <exception cref="JsonException">The bytes are not a valid entry.</exception>
    public static LedgerEntry Read(ReadOnlySpan<byte> record, SharedText? texts, string? head = null)
    {
        var json = LedgerJson.Default;
        var reader = new RecordReader(record, texts);
        long sequence = 0;
        DateTimeOffset at = default;
        var previous = "";
        IReadOnlyList<Node>? nodes = null;
        IReadOnlyList<Budget>? budgets = null;
        IReadOnlyList<string>? nodesRemoved = null, budgetsRemoved = null;
        Demand? queue = null;
        Departure? leave = null;
        Reservation? reserve = null;
        RunKey? lapse = null;
        IReadOnlyList<Closing>? close = null;
        IReadOnlyList<LeaseEnd>? end = null;
        Opening? open = null;
        Lottery? lottery = null;
        Resolution? resolution = null;
        IReadOnlyList<Opening>? swap = null;
        IReadOnlyList<PayerAssignment>? assign = null;
        IReadOnlyList<WidthChange>? resize = null;
        LedgerLoss? loss = null;
        string? by = null;
        if (!reader.Begin())
            throw new JsonException("The entry is null.");
        while (reader.NextMember())
        {
            if (reader.Is("sequence"u8))
                sequence = reader.ReadLong();
            else if (reader.Is("at"u8))
                at = reader.Time();
            else if (reader.Is("previous"u8))
                previous = reader.OwnText(head);
            else if (reader.Is("open"u8))
                open = OpeningFormat.Read(ref reader);
            else if (reader.Is("close"u8))
                close = ReadClosings(ref reader);
            else if (reader.Is("queue"u8))
                queue = DemandFormat.Read(ref reader);
            else if (reader.Is("leave"u8))
                leave = reader.Part(json.Departure);
            else if (reader.Is("reserve"u8))
                reserve = reader.Part(json.Reservation);
            else if (reader.Is("lapse"u8))
                lapse = reader.Run();
            else if (reader.Is("lottery"u8))
                lottery = reader.Part(json.Lottery);
            else if (reader.Is("resolution"u8))
                resolution = reader.Part(json.Resolution);
            else if (reader.Is("swap"u8))
                swap = ReadOpenings(ref reader);
            else if (reader.Is("assign"u8))
                assign = reader.Part(json.IReadOnlyListPayerAssignment);
            else if (reader.Is("resize"u8))
                resize = reader.Part(json.IReadOnlyListWidthChange);
            else if (reader.Is("by"u8))
                by = reader.TextOrNull();
            else if (reader.Is("loss"u8))
                loss = reader.Part(json.LedgerLoss);
            else if (reader.Is("end"u8))
                end = reader.Part(json.IReadOnlyListLeaseEnd);
            else if (reader.Is("nodes"u8))
                nodes = reader.Part(json.IReadOnlyListNode);
            else if (reader.Is("nodesRemoved"u8))
                nodesRemoved = reader.Part(json.IReadOnlyListString);
            else if (reader.Is("budgets"u8))
                budgets = reader.Part(json.IReadOnlyListBudget);
            else if (reader.Is("budgetsRemoved"u8))
                budgetsRemoved = reader.Part(json.IReadOnlyListString);
            else
                reader.Skip();
        }
        reader.End();
        return new LedgerEntry
        {
            Sequence = sequence,
            At = at,
            Previous = previous,
            Nodes = nodes,
            NodesRemoved = nodesRemoved,
            Budgets = budgets,
            BudgetsRemoved = budgetsRemoved,
            Queue = queue,
            Leave = leave,
            Reserve = reserve,
            Lapse = lapse,
            Close = close,
            End = end,
            Open = open,
            Lottery = lottery,
            Resolution = resolution,
            Swap = swap,
            Assign = assign,
            Resize = resize,
            Loss = loss,
            By = by,
        };
    }

    private static List<Opening>? ReadOpenings(ref RecordReader reader)
    {
        if (!reader.Begin(isArray: true))
            return null;
        var openings = new List<Opening>();
        while (reader.NextObject())
            openings.Add(OpeningFormat.ReadBody(ref reader));
        return openings;
    }

    private static void Write(ref RecordWriter writer, Closing closing)
    {
        writer.BeginObject();
        writer.Member("run"u8, closing.Run);
        if (closing.Reason != default)
            writer.Member("reason"u8, closing.Reason);
        if (closing.Requeue)
            writer.Member("requeue"u8, true);
        if (closing.Seed is { } seed)
            writer.Member("seed"u8, seed);
        writer.EndObject();
    }

    private static Closing[]? ReadClosings(ref RecordReader reader)
    {
        if (!reader.Begin(isArray: true))
            return null;
        if (!reader.NextObject())
            return [];
        var first = ReadClosing(ref reader);
        if (!reader.NextObject())
            return [first];
        var closings = new List<Closing> { first };
        do
        {
            closings.Add(ReadClosing(ref reader));
        }
        while (reader.NextObject());
        return [.. closings];
    }

    private static Closing ReadClosing(ref RecordReader reader)
    {
        RunKey run = default;
        LeaseEndReason reason = default;
        var requeue = false;
        string? seed = null;
        while (reader.NextMember())
        {
            if (reader.Is("run"u8))
                run = reader.Run();
            else if (reader.Is("reason"u8))
                reason = reader.Named<LeaseEndReason>();
            else if (reader.Is("requeue"u8))
                requeue = reader.Flag();
            else if (reader.Is("seed"u8))
                seed = reader.TextOrNull();
            else
                reader.Skip();
        }
        return new Closing(run, reason, requeue, seed);
    }
}
