using Jobtree.Manifests.Tree;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>Decodes documents of kind Budget.</summary>
internal static class BudgetReader
{
    private const int EnvelopesMax = 1000;
    private const int ListMax = 64;

    /// <summary>Older manifests write the default as an empty word.</summary>
    private static readonly Form<Sharing> SharingWord = new(ValueKind.Text, Vocabulary.Sharing.Allowed,
        (string text, out Sharing sharing) =>
            Vocabulary.Sharing.TryParse(text.Length == 0 ? Vocabulary.Sharing[Sharing.Family] : text, out sharing));

    public static BudgetManifest Read(FieldReader document)
    {
        var metadata = document.Section("metadata", MetadataReader.Named);
        var budget = document.Section("spec", spec => ReadSpec(spec, metadata));
        document.Ignore("status");
        return new BudgetManifest(budget);
    }

    private static Budget ReadSpec(FieldReader spec, Metadata metadata)
    {
        var budget = new Budget
        {
            Name = metadata.Name,
            Namespace = metadata.Namespace,
            IsNamespaced = metadata.Namespace is not (null or RunKey.DefaultNamespace),
            Owner = spec.Required("owner", Forms.Owner),
            Parents = spec.Set("parents", ListMax, Forms.Owner),
            Envelopes = spec.Sections("envelopes", EnvelopesMax, ReadEnvelope),
            AggregateCaps = spec.Sections("aggregateCaps", EnvelopesMax, ReadCap),
            Grants = spec.Sections("grants", EnvelopesMax, ReadGrant) is { Count: > 0 } grants ? grants : null,
            AutoRenew = spec.OptionalSection("autoRenew", ReadAutoRenew),
        };
        if (spec.IsSound)
            CheckTogether(spec, budget);
        return budget;
    }

    private static Envelope ReadEnvelope(FieldReader item)
    {
        var envelope = new Envelope
        {
            Name = item.Required("name", Forms.Name),
            Flavor = item.Required("flavor", Forms.Flavor),
            Selector = item.Selector("selector", ListMax),
            Concurrency = item.Required("concurrency", Forms.GpusOrNone),
            Start = item.OptionalValue("start", Forms.Time),
            End = item.OptionalValue("end", Forms.Time),
            MaxGPUHours = item.OptionalValue("maxGPUHours", Forms.Amount),
            Sharing = item.Or("sharing", SharingWord, Sharing.Family),
            PreActivation = item.OptionalSection("preActivation", ReadPreActivation),
            Lending = item.OptionalSection("lending", ReadLending),
        };
        var isWindow = envelope.Start is not { } start || envelope.End is not { } end || start < end;
        item.Check(isWindow, "end", "must be later than start");
        return envelope;
    }

    private static PreActivation ReadPreActivation(FieldReader section) => new()
    {
        AllowReservations = section.Or("allowReservations", Forms.Flag, true),
        AllowAdmission = section.Or("allowAdmission", Forms.Flag, true),
    };

    private static Lending ReadLending(FieldReader section) => new()
    {
        Allow = section.Or("allow", Forms.Flag, false),
        To = section.Set("to", ListMax, Forms.OwnerPattern),
        MaxConcurrency = section.OptionalValue("maxConcurrency", Forms.GpusOrNone),
    };

    private static AggregateCap ReadCap(FieldReader item) => new()
    {
        Name = item.Required("name", Forms.Name),
        Flavor = item.Required("flavor", Forms.Flavor),
        Envelopes = item.Set("envelopes", EnvelopesMax, Forms.Name, least: 1),
        MaxConcurrency = item.OptionalValue("maxConcurrency", Forms.GpusOrNone),
        MaxGPUHours = item.OptionalValue("maxGPUHours", Forms.Amount),
    };

    private static Grant ReadGrant(FieldReader item)
    {
        var grant = new Grant
        {
            To = item.Required("to", Forms.Owner),
            Flavor = item.Required("flavor", Forms.Flavor),
            Concurrency = item.Required("concurrency", Forms.GpusOrNone),
            Start = item.OptionalValue("start", Forms.Time),
            End = item.OptionalValue("end", Forms.Time),
        };
        var isWindow = grant.Start is not { } start || grant.End is not { } end || start < end;
        item.Check(isWindow, "end", "must be later than start");
        return grant;
    }

    private static AutoRenew ReadAutoRenew(FieldReader section)
    {
        // Older manifests state a renewal period. Jobtree renews nothing, so the period is checked and dropped.
        section.OptionalValue("period", Forms.Duration);
        return new AutoRenew { NotifyBefore = section.Required("notifyBefore", Forms.Duration) };
    }

    private static void CheckTogether(FieldReader spec, Budget budget)
    {
        var flavors = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < budget.Envelopes.Count; i++)
        {
            if (!flavors.TryAdd(budget.Envelopes[i].Name, budget.Envelopes[i].Flavor))
                spec.FailItem("envelopes", i, "name",
                    $"{TextRules.Quote(budget.Envelopes[i].Name)} is the name of an earlier envelope; "
                    + "names must be unique in a budget");
        }
        var names = flavors.Keys.ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < budget.AggregateCaps.Count; i++)
        {
            var cap = budget.AggregateCaps[i];
            if (!names.Add(cap.Name))
                spec.FailItem("aggregateCaps", i, "name",
                    $"{TextRules.Quote(cap.Name)} is the name of an envelope or an earlier cap; "
                    + "names must be unique in a budget");
            foreach (var envelope in cap.Envelopes)
            {
                if (!flavors.TryGetValue(envelope, out var flavor))
                    spec.FailItem("aggregateCaps", i, "envelopes",
                        $"names {TextRules.Quote(envelope)}, which is not an envelope of this budget");
                else if (flavor != cap.Flavor)
                    spec.FailItem("aggregateCaps", i, "envelopes",
                        $"names {TextRules.Quote(envelope)}, whose flavor is {flavor}, not the cap's {cap.Flavor}");
            }
        }
        foreach (var (i, grant) in (budget.Grants ?? []).Index())
        {
            // Whoever acts for an owner acts for those below it, and for nobody else.
            if (!OwnerPattern.IsAtOrBelow(grant.To, budget.Owner))
                spec.FailItem("grants", i, "to", $"must be the budget's owner {budget.Owner} or one below it, such as "
                    + $"{budget.Owner}:team, not {TextRules.Quote(grant.To)}");
        }
        if (budget.Parents.Contains(budget.Owner))
            spec.Fail("parents", $"names the owner {TextRules.Quote(budget.Owner)} as its own parent");
    }
}
