using Jobtree.Manifests.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Writing;

/// <summary>Writes the records of a flavor: reservations and leases.</summary>
internal static class LedgerWriter
{
    public static void Write(IManifestSink sink, Reservation reservation)
    {
        sink.Section("spec", reservation, WriteSpec);
        sink.Section("status", reservation, WriteStatus);
    }

    public static void Write(IManifestSink sink, LeaseManifest lease)
    {
        sink.Section("spec", lease.Lease, WriteSpec);
        if (lease.End is not null || lease.Class is not null)
            sink.Section("status", lease, WriteStatus);
    }

    private static void WriteSpec(IManifestSink sink, Reservation reservation)
    {
        sink.Field("run", reservation.Run.ToString());
        sink.Texts("intendedSlice", [.. reservation.IntendedSlice.Select(SlotsOrNode)]);
        sink.Texts("payers", [.. reservation.Payers.Select(Payer)]);
        sink.Field("earliestStart", reservation.EarliestStart);
        sink.Field("made", reservation.Made);
    }

    private static void WriteStatus(IManifestSink sink, Reservation reservation)
    {
        sink.Field("state", Vocabulary.ReservationStates[reservation.State]);
        if (reservation.DeficitGPUs != 0)
            sink.Section("forecast", reservation, (to, made) => to.Field("deficitGPUs", made.DeficitGPUs));
        sink.Field("basis", reservation.Basis is { } basis ? Vocabulary.StartBases[basis] : null);
        sink.FieldUnlessZero("moves", reservation.Moves);
        sink.Section("moved", reservation.Moved, WriteMove);
    }

    private static void WriteMove(IManifestSink sink, PromiseMove move)
    {
        sink.Field("from", move.From);
        sink.Field("at", move.At);
        sink.Field("cause", Vocabulary.MoveCauses[move.Cause]);
        sink.Field("by", move.By);
    }

    private static void WriteSpec(IManifestSink sink, Lease lease)
    {
        sink.FieldUnlessZero("id", lease.Id);
        sink.Field("run", lease.Run.ToString());
        sink.FieldUnlessZero("group", lease.Group);
        sink.FieldUnlessZero("chunk", lease.Chunk);
        sink.Texts("slots", [.. lease.Slots.Select(slots => slots.ToString())]);
        sink.Field("role", Vocabulary.Roles[lease.Role]);
        sink.Field("payer", lease.Payer is { } payer ? Payer(payer) : null);
        sink.Field("start", lease.Start);
        sink.Field("reason", Vocabulary.StartReasons[lease.Reason]);
    }

    private static void WriteStatus(IManifestSink sink, LeaseManifest lease)
    {
        sink.Section("end", lease.End, WriteEnd);
        sink.Field("class", lease.Class is { } given ? Vocabulary.Classes[given] : null);
    }

    private static void WriteEnd(IManifestSink sink, LeaseEnd end)
    {
        sink.Field("time", end.At);
        sink.Field("reason", Vocabulary.EndReasons[end.Reason]);
        sink.Field("seed", end.Seed);
    }

    // An older manifest may name whole nodes, or an envelope without its budget.
    private static string SlotsOrNode(NodeSlots slots) => slots.Mask == ulong.MaxValue ? slots.Node : slots.ToString();

    private static string Payer(EnvelopeKey payer) => payer.Budget.Length == 0 ? payer.Envelope : payer.ToString();
}
