using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger;

/// <summary>Writes the reservation of a ledger entry. Under load, every other entry has one.</summary>
internal static class ReservationFormat
{
    public static void Write(ref RecordWriter writer, Reservation reservation)
    {
        writer.BeginObject();
        writer.Member("run"u8, reservation.Run);
        if (reservation.Made != default)
            writer.Member("made"u8, reservation.Made);
        if (reservation.EarliestStart != default)
            writer.Member("earliestStart"u8, reservation.EarliestStart);
        writer.Name("intendedSlice"u8);
        writer.BeginArray();
        for (var i = 0; i < reservation.IntendedSlice.Count; i++)
            writer.Value(reservation.IntendedSlice[i]);
        writer.EndArray();
        writer.Name("payers"u8);
        writer.BeginArray();
        for (var i = 0; i < reservation.Payers.Count; i++)
            writer.Value(reservation.Payers[i]);
        writer.EndArray();
        if (reservation.State != default)
            writer.Member("state"u8, reservation.State);
        if (reservation.DeficitGPUs != 0)
            writer.Member("deficitGPUs"u8, reservation.DeficitGPUs);
        if (reservation.Basis is { } basis)
            writer.Member("basis"u8, basis);
        if (reservation.Moved is { } moved)
        {
            writer.Name("moved"u8);
            Write(ref writer, moved);
        }
        if (reservation.Moves != 0)
            writer.Member("moves"u8, reservation.Moves);
        writer.EndObject();
    }

    private static void Write(ref RecordWriter writer, PromiseMove move)
    {
        writer.BeginObject();
        if (move.From != default)
            writer.Member("from"u8, move.From);
        if (move.At != default)
            writer.Member("at"u8, move.At);
        if (move.Cause != default)
            writer.Member("cause"u8, move.Cause);
        if (move.By is { } by)
            writer.Member("by"u8, by);
        writer.EndObject();
    }
}
