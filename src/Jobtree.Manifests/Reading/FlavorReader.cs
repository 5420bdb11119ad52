using Jobtree.Core.Forecasting;
using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;

namespace Jobtree.Manifests.Reading;

/// <summary>Decodes documents of kind Flavor.</summary>
internal static class FlavorReader
{
    public static FlavorManifest Read(FieldReader document)
    {
        var flavor = document.Section("metadata", metadata => metadata.Required("name", Forms.Flavor));
        return new FlavorManifest(document.Section("status", status => ReadStatus(status, flavor)));
    }

    private static FlavorPast ReadStatus(FieldReader status, string flavor)
    {
        var past = status.Section("ledger", ledger => ReadLedger(ledger, flavor));
        past = past with
        {
            Decisions = status.Section("decisions", ReadDecisions),
            Lateness = status.OptionalSection("lateness", ReadLateness),
            Durations = status.Sections("durations", DurationHistory.GroupsMax, ReadDurations),
            Statements = status.Sections("statements", DurationHistory.OwnersMax, ReadDurations),
        };
        return status.Section("forecasts", forecasts => ReadForecasts(forecasts, past));
    }

    private static FlavorPast ReadLedger(FieldReader ledger, string flavor) => new()
    {
        Flavor = flavor,
        At = ledger.Or("at", Forms.Time, DateTimeOffset.UnixEpoch),
        Sequence = ledger.Or("sequence", Forms.Count, 0),
        Head = ledger.Optional("head", Forms.Link) is { } head ? HashChain.OfHex(head) : HashChain.Root,
        NextLease = ledger.Or("nextLease", Forms.Count, 1),
    };

    private static DecisionCounts ReadDecisions(FieldReader section) => new(
        section.Or("bound", Forms.Count, 0),
        section.Or("reserved", Forms.Count, 0),
        section.Or("waiting", Forms.Count, 0),
        section.Or("ended", Forms.Count, 0),
        section.Or("reclaimed", Forms.Count, 0));

    private static FlavorPast ReadForecasts(FieldReader section, FlavorPast past) => past with
    {
        ForecastsStarted = section.Or("started", Forms.Count, 0),
        ForecastsHeld = section.Or("held", Forms.Count, 0),
        ForecastMargin = section.Or("margin", Forms.Amount, 1),
        ForecastRatios = section.List("ratios", ForecastErrors.Depth, Forms.Amount),
        ForecastClasses = section.Sections("classes", ForecastErrors.Classes, ReadClass),
    };

    private static ForecastClassSnapshot ReadClass(FieldReader section) => new(
        section.Required("class", Forms.Index),
        section.List("ratios", ForecastErrors.ClassDepth, Forms.Amount),
        section.Or("margin", Forms.Amount, 1));

    private static LatenessCounts ReadLateness(FieldReader section) => new(
        section.List("counts", Lateness.BoundsSeconds.Count + 1, Forms.Count),
        section.Or("sumSeconds", Forms.Finite, 0));

    private static DurationsSnapshot ReadDurations(FieldReader section) => new(
        section.Optional("owner", Forms.Owner) ?? "",
        section.List("values", DurationHistory.Depth, Forms.Span),
        section.OptionalValue("width", Forms.Gpus));
}
