using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>Decodes documents of kind Run.</summary>
internal static class RunReader
{
    private const int ListMax = 64;

    private static readonly Form<int> Spares = Forms.Whole(0, Node.GpusMax);
    private static readonly Form<LocalityLevel> Level = Forms.OneOf(Vocabulary.Levels);
    private static readonly Form<LevelPolicy> LevelPolicies = Forms.OneOf(Vocabulary.LevelPolicies);
    private static readonly Form<NodeFailurePolicy> OnNodeFailure = Forms.OneOf(Vocabulary.NodeFailures);
    // Older manifests may say nothing in so many words.
    private static readonly Form<UpstreamFailure> OnFailure = new(
        Tree.ValueKind.Text, Vocabulary.UpstreamFailures.Allowed, (string text, out UpstreamFailure value) =>
            Vocabulary.UpstreamFailures.TryParse(text.Length == 0 ? "wait" : text, out value));

    public static RunManifest Read(FieldReader document, bool readStatus)
    {
        var (metadata, generatesName) = document.Section("metadata", MetadataReader.NamedOrGenerated);
        var spec = document.Section("spec", ReadSpec);
        document.Check(spec.Follow is null || !spec.Follow.After.Contains(metadata.Name), "spec.follow.after",
            "names the run itself; a run cannot wait for its own end");
        RunStatus? status = null;
        if (readStatus)
            status = document.OptionalSection("status", RunStatusReader.Read);
        else
            document.Ignore("status");
        return new RunManifest(new RunKey(metadata.Namespace ?? RunKey.DefaultNamespace, metadata.Name), spec,
            metadata.Labels, status) { GeneratesName = generatesName };
    }

    private static RunSpec ReadSpec(FieldReader section)
    {
        var spec = new RunSpec
        {
            Owner = section.Optional("owner", Forms.Owner),
            Resources = section.Section("resources", ReadResources),
            Locality = section.OptionalSection("locality", ReadLocality),
            Malleable = section.OptionalSection("malleable", ReadMalleable),
            SparesPerGroup = section.Or("sparesPerGroup", Spares, 0),
            Funding = section.OptionalSection("funding", ReadFunding),
            Follow = section.OptionalSection("follow", ReadFollow),
            Runtime = section.OptionalSection("runtime", ReadRuntime),
            Workload = section.OptionalSection("workload", WorkloadReader.Read),
        };
        spec = WorkloadReader.WithRoles(section, spec);
        section.Check(
            spec.Malleable is not { } widths
                || (widths.MinTotalGPUs <= spec.Resources.TotalGPUs && spec.Resources.TotalGPUs <= widths.MaxTotalGPUs),
            "resources.totalGPUs",
                "must be from malleable.minTotalGPUs to malleable.maxTotalGPUs, "
                + $"{spec.Malleable?.MinTotalGPUs} to {spec.Malleable?.MaxTotalGPUs}");
        if (spec.Malleable is { StepGPUs: > 0 } elastic) // Otherwise the step itself is an error.
            CheckWidths(section, spec, elastic);
        return spec;
    }

    /// <summary>An elastic run changes by whole steps.</summary>
    private static void CheckWidths(FieldReader section, RunSpec spec, Malleable widths)
    {
        section.Check(IsOnGrid(widths, spec.Resources.TotalGPUs), "resources.totalGPUs", $"must be {Grid(widths)}");
        section.Check(IsOnGrid(widths, widths.DesiredTotalGPUs ?? widths.MinTotalGPUs),
            "malleable.desiredTotalGPUs", $"must be {Grid(widths)}");
    }

    private static bool IsOnGrid(Malleable widths, int gpus) =>
        gpus < widths.MinTotalGPUs || gpus > widths.MaxTotalGPUs // These are told apart from steps.
        || (gpus - widths.MinTotalGPUs) % widths.StepGPUs == 0;

    private static string Grid(Malleable widths) =>
        $"malleable.minTotalGPUs plus whole steps of malleable.stepGPUs: {widths.MinTotalGPUs}, "
        + $"{(long)widths.MinTotalGPUs + widths.StepGPUs}, {widths.MinTotalGPUs + 2L * widths.StepGPUs} and so on";

    private static Resources ReadResources(FieldReader section) => new()
    {
        GpuType = section.Required("gpuType", Forms.Flavor),
        TotalGPUs = section.Required("totalGPUs", Forms.Gpus),
    };

    private static Locality ReadLocality(FieldReader section)
    {
        section.Check(!section.Has("levelPolicy") || section.Has("level"), "levelPolicy",
            $"says how strictly level is kept; give level as well, {Vocabulary.Levels.Allowed}");
        return new Locality
        {
            GroupGPUs = section.OptionalValue("groupGPUs", Forms.Gpus),
            AllowCrossGroupSpread = section.Or("allowCrossGroupSpread", Forms.Flag, true),
            Level = section.OptionalValue("level", Level),
            LevelPolicy = section.Or("levelPolicy", LevelPolicies, LevelPolicy.Preferred),
            Selector = section.Selector("selector", ListMax),
        };
    }

    private static Malleable ReadMalleable(FieldReader section)
    {
        var widths = new Malleable
        {
            MinTotalGPUs = section.Required("minTotalGPUs", Forms.Gpus),
            MaxTotalGPUs = section.Required("maxTotalGPUs", Forms.Gpus),
            StepGPUs = section.Required("stepGPUs", Forms.Gpus),
            DesiredTotalGPUs = section.OptionalValue("desiredTotalGPUs", Forms.Gpus),
        };
        section.Check(widths.MinTotalGPUs <= widths.MaxTotalGPUs, "maxTotalGPUs",
            $"must be at least minTotalGPUs, {widths.MinTotalGPUs}");
        section.Check(
            widths.DesiredTotalGPUs is not { } desired
                || (widths.MinTotalGPUs <= desired && desired <= widths.MaxTotalGPUs),
            "desiredTotalGPUs",
                $"must be from minTotalGPUs to maxTotalGPUs, {widths.MinTotalGPUs} to {widths.MaxTotalGPUs}");
        return widths;
    }

    private static RunFunding ReadFunding(FieldReader section) => new()
    {
        AllowBorrow = section.Or("allowBorrow", Forms.Flag, false),
        MaxBorrowGPUs = section.OptionalValue("maxBorrowGPUs", Forms.GpusOrNone),
        Sponsors = section.Set("sponsors", ListMax, Forms.Owner),
    };

    private static Follow ReadFollow(FieldReader section)
    {
        // Older manifests use a longer name for the grace period.
        var longName = section.Has("upstreamFailureGrace");
        section.Check(!longName || !section.Has("grace"), "upstreamFailureGrace",
            "is another name of grace; give one of them");
        var older = section.OptionalValue("upstreamFailureGrace", Forms.Duration);
        return new Follow
        {
            After = section.Set("after", ListMax, Forms.Name, least: 1),
            OnUpstreamFailure = section.Or("onUpstreamFailure", OnFailure, UpstreamFailure.Wait),
            Grace = section.OptionalValue("grace", Forms.Duration) ?? older,
        };
    }

    private static RuntimeHints ReadRuntime(FieldReader section) => new()
    {
        // Manifests that the older Jobtree exported say 0s where nothing was said.
        Checkpoint = section.OptionalValue("checkpoint", Forms.DurationOrNone) is { Ticks: > 0 } interval
            ? interval : null,
        ExpectedDuration = section.OptionalValue("expectedDuration", Forms.Duration),
        OnNodeFailure = section.OptionalValue("onNodeFailure", OnNodeFailure),
    };
}
