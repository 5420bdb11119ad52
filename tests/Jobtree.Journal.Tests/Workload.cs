using System.Globalization;
using System.Text;
using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

/// <summary>Appends records whose contents follow from their numbers.</summary>
internal static class Workload
{
    public static JournalOptions Options(string folder) =>
        new() { Folder = folder, SegmentBytesMax = 64 << 10, Durable = false, CompressSegments = false };

    public static string Actor(long lsn, int actors) =>
        string.Create(CultureInfo.InvariantCulture, $"team/run-é{lsn % actors}");

    /// <summary>A payload of some length that also holds bytes that look like the start of a frame.</summary>
    public static string Payload(long lsn) =>
        string.Create(CultureInfo.InvariantCulture, $"{lsn}:JTFR") + new string(
            (char)('a' + (lsn % 26)), (int)(lsn * 37 % 180));

    public static void Append(JournalLog log, long from, long to, int actors)
    {
        for (var lsn = from; lsn <= to; lsn++)
            Assert.Equal(
                lsn, log.Append(Actor(lsn, actors), ((lsn - 1) / actors) + 1, Encoding.Latin1.GetBytes(Payload(lsn))));
    }

    /// <summary>Appends in batches of the given size, each durable before the next.</summary>
    public static async Task AppendBatches(JournalLog log, long from, long to, int actors, int batch)
    {
        for (var lsn = from; lsn <= to; lsn += batch)
        {
            var last = Math.Min(to, lsn + batch - 1);
            Append(log, lsn, last, actors);
            await log.WaitDurable(last);
        }
    }

    /// <summary>That the records are those from a number on, without gap, and how many.</summary>
    public static long AssertPrefix(Replayed replayed, int actors, long from = 1)
    {
        var lsn = from;
        foreach (var record in replayed.Records)
        {
            Assert.Equal(lsn, record.At.Lsn);
            Assert.Equal(Actor(lsn, actors), record.Actor);
            Assert.Equal(Payload(lsn), record.Payload);
            lsn++;
        }

        return lsn - 1;
    }
}
