using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>
/// Decodes documents of kind Reservation, in Jobtree's own form and in the older form that names whole nodes and one
/// payer.
/// </summary>
internal static class ReservationReader
{
    private const int PayersMax = 1000;
    private const int LabelsMax = 64;

    private static readonly Form<ReservationState> State = Forms.OneOf(Vocabulary.ReservationStates);
    private static readonly Form<StartBasis> Basis = Forms.OneOf(Vocabulary.StartBases);
    private static readonly Form<MoveCause> Cause = Forms.OneOf(Vocabulary.MoveCauses);

    public static ReservationManifest Read(FieldReader document)
    {
        var metadata = document.OptionalSection("metadata", MetadataReader.Unnamed);
        var reservation = document.Section("spec", spec => ReadSpec(spec, metadata?.Namespace));
        return document.OptionalSection("status", ReadStatus) is { } status
            ? new ReservationManifest(reservation with { State = status.State, DeficitGPUs = status.DeficitGPUs,
                Basis = status.Basis, Moves = status.Moves, Moved = status.Moved })
            : new ReservationManifest(reservation);
    }

    private static Reservation ReadSpec(FieldReader spec, string? home)
    {
        var run = SlotReader.ReadRun(spec, home);
        var earliest = spec.Required("earliestStart", Forms.Time);
        return new Reservation
        {
            Run = run,
            EarliestStart = earliest,
            Made = spec.Or("made", Forms.Time, earliest),
            IntendedSlice = ReadSlice(spec),
            Payers = ReadPayers(spec),
        };
    }

    private static IReadOnlyList<NodeSlots> ReadSlice(FieldReader spec) =>
        !spec.Has("intendedSlice") || spec.HasList("intendedSlice")
            ? SlotReader.Read(spec, "intendedSlice", Forms.SlotsOrNode)
            : spec.Section("intendedSlice", slice =>
            {
                // The domain's labels are redundant: they only repeat the location of the nodes.
                slice.OptionalMap("domain", LabelsMax, Forms.LabelKey, Forms.LabelValue);
                return SlotReader.Read(slice, "nodes", Forms.SlotsOrNode);
            });

    private static IReadOnlyList<EnvelopeKey> ReadPayers(FieldReader spec)
    {
        spec.Check(!spec.Has("payers") || !spec.Has("payingEnvelope"), "payingEnvelope",
            "is another way to write payers; give one of them");
        var payers = spec.List("payers", PayersMax, Forms.Payer);
        return spec.OptionalValue("payingEnvelope", Forms.Payer) is { } payer ? [payer] : payers;
    }

    private static ReservationStatus ReadStatus(FieldReader section)
    {
        var state = section.Or("state", State, ReservationState.Pending);
        var status = section.OptionalSection("forecast", forecast => ReadForecast(forecast, state));
        var (moves, moved) = (section.Or("moves", Forms.Index, 0), section.OptionalSection("moved", ReadMove));
        section.Ignore("conditions", "reason", "countdownSeconds", "activatedAt", "releasedAt", "canceledAt",
            "blockedSince");
        return (status ?? new ReservationStatus(state, 0)) with
        {
            Basis = section.OptionalValue("basis", Basis),
            Moves = moves,
            Moved = moved,
        };
    }

    private static PromiseMove ReadMove(FieldReader section) => new(
        section.Required("from", Forms.Time),
        section.Required("at", Forms.Time),
        section.Required("cause", Cause),
        section.Optional("by", Forms.Line));

    private static ReservationStatus ReadForecast(FieldReader forecast, ReservationState state)
    {
        forecast.Ignore("scope", "confidence", "remedies", "countdown");
        return new ReservationStatus(state, forecast.Or("deficitGPUs", Forms.GpusOrNone, 0));
    }
}

/// <summary>The parts of a reservation's <c>status</c> that are read.</summary>
internal sealed record ReservationStatus(ReservationState State, int DeficitGPUs)
{
    public StartBasis? Basis { get; init; }

    public int Moves { get; init; }

    public PromiseMove? Moved { get; init; }
}
