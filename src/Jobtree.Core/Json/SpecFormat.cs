using Jobtree.Core.Model;

namespace Jobtree.Core.Json;

/// <summary>The JSON of a run's spec in journal records; members with default values are left out.</summary>
public static class SpecFormat
{
    /// <summary>Writes a spec.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="spec">The spec.</param>
    public static void Write(ref RecordWriter writer, RunSpec spec)
    {
        writer.BeginObject();
        if (spec.Owner is { } owner)
            writer.Member("owner"u8, owner);
        writer.Name("resources"u8);
        Write(ref writer, spec.Resources);
        if (spec.Locality is { } locality)
        {
            writer.Name("locality"u8);
            Write(ref writer, locality);
        }
        if (spec.Malleable is { } malleable)
            writer.Member("malleable"u8, malleable, RecordJson.Default.Malleable);
        if (spec.SparesPerGroup != 0)
            writer.Member("sparesPerGroup"u8, spec.SparesPerGroup);
        if (spec.Funding is { } funding)
        {
            writer.Name("funding"u8);
            Write(ref writer, funding);
        }
        if (spec.Follow is { } follow)
            writer.Member("follow"u8, follow, RecordJson.Default.Follow);
        if (spec.Runtime is { } runtime)
        {
            writer.Name("runtime"u8);
            Write(ref writer, runtime);
        }
        if (spec.Workload is { } workload)
        {
            writer.Name("workload"u8);
            Write(ref writer, workload);
        }
        writer.EndObject();
    }

    /// <summary>Writes a run's funding options as JSON.</summary>
    public static void Write(ref RecordWriter writer, RunFunding funding)
    {
        writer.BeginObject();
        if (funding.AllowBorrow)
            writer.Member("allowBorrow"u8, true);
        if (funding.MaxBorrowGPUs is { } most)
            writer.Member("maxBorrowGPUs"u8, most);
        if (funding.Sponsors is not null)
        {
            writer.Name("sponsors"u8);
            Write(ref writer, funding.Sponsors);
        }
        writer.EndObject();
    }

    /// <summary>Reads a spec that <c>Write</c> wrote.</summary>
    public static RunSpec Read(ref RecordReader reader)
    {
        string? owner = null;
        Resources? resources = null;
        Locality? locality = null;
        Malleable? malleable = null;
        RunFunding? funding = null;
        Follow? follow = null;
        RuntimeHints? runtime = null;
        Workload? workload = null;
        var sparesPerGroup = 0;
        while (reader.NextMember())
        {
            if (reader.Is("resources"u8))
                resources = ReadResources(ref reader);
            else if (reader.Is("runtime"u8))
                runtime = ReadRuntime(ref reader);
            else if (reader.Is("locality"u8))
                locality = reader.Part(RecordJson.Default.Locality);
            else if (reader.Is("workload"u8))
                workload = reader.Part(RecordJson.Default.Workload);
            else if (reader.Is("owner"u8))
                owner = reader.Text();
            else if (reader.Is("malleable"u8))
                malleable = reader.Part(RecordJson.Default.Malleable);
            else if (reader.Is("sparesPerGroup"u8))
                sparesPerGroup = reader.ReadInt();
            else if (reader.Is("funding"u8))
                funding = reader.Part(RecordJson.Default.RunFunding);
            else if (reader.Is("follow"u8))
                follow = reader.Part(RecordJson.Default.Follow);
            else
                reader.Skip();
        }
        return new RunSpec
        {
            Owner = owner,
            Resources = resources ?? throw RecordReader.Missing("resources"),
            Locality = locality,
            Malleable = malleable,
            SparesPerGroup = sparesPerGroup,
            Funding = funding,
            Follow = follow,
            Runtime = runtime,
            Workload = workload,
        };
    }

    private static Resources? ReadResources(ref RecordReader reader)
    {
        if (!reader.Begin())
            return null;
        string? gpuType = null;
        int? totalGpus = null;
        while (reader.NextMember())
        {
            if (reader.Is("gpuType"u8))
                gpuType = reader.Text();
            else if (reader.Is("totalGPUs"u8))
                totalGpus = reader.ReadInt();
            else
                reader.Skip();
        }
        return new Resources { GpuType = gpuType ?? throw RecordReader.Missing("gpuType"), TotalGPUs = totalGpus
            ?? throw RecordReader.Missing("totalGPUs") };
    }

    private static RuntimeHints? ReadRuntime(ref RecordReader reader)
    {
        if (!reader.Begin())
            return null;
        TimeSpan? checkpoint = null;
        TimeSpan? expected = null;
        NodeFailurePolicy? onNodeFailure = null;
        while (reader.NextMember())
        {
            if (reader.Is("expectedDuration"u8))
                expected = reader.Duration();
            else if (reader.Is("checkpoint"u8))
                checkpoint = reader.Duration();
            else if (reader.Is("onNodeFailure"u8))
                onNodeFailure = reader.Named<NodeFailurePolicy>();
            else
                reader.Skip();
        }
        return new RuntimeHints
        {
            Checkpoint = checkpoint,
            ExpectedDuration = expected,
            OnNodeFailure = onNodeFailure,
        };
    }

    private static void Write(ref RecordWriter writer, Resources resources)
    {
        writer.BeginObject();
        writer.Member("gpuType"u8, resources.GpuType);
        writer.Member("totalGPUs"u8, resources.TotalGPUs);
        writer.EndObject();
    }

    private static void Write(ref RecordWriter writer, Locality locality)
    {
        writer.BeginObject();
        if (locality.GroupGPUs is { } group)
            writer.Member("groupGPUs"u8, group);
        writer.Member("allowCrossGroupSpread"u8, locality.AllowCrossGroupSpread);
        if (locality.Level is { } level)
            writer.Member("level"u8, level);
        if (locality.LevelPolicy != LevelPolicy.Preferred)
            writer.Member("levelPolicy"u8, locality.LevelPolicy);
        if (locality.Selector is { } selector)
            writer.Member("selector"u8, selector, RecordJson.Default.IReadOnlyDictionaryStringString);
        writer.EndObject();
    }

    private static void Write(ref RecordWriter writer, RuntimeHints runtime)
    {
        writer.BeginObject();
        if (runtime.Checkpoint is { } checkpoint)
            writer.Member("checkpoint"u8, checkpoint);
        if (runtime.ExpectedDuration is { } expected)
            writer.Member("expectedDuration"u8, expected);
        if (runtime.OnNodeFailure is { } policy)
            writer.Member("onNodeFailure"u8, policy);
        writer.EndObject();
    }

    private static void Write(ref RecordWriter writer, Workload workload)
    {
        writer.BeginObject();
        if (workload.Image is { } image)
            writer.Member("image"u8, image);
        if (workload.Command is not null)
        {
            writer.Name("command"u8);
            Write(ref writer, workload.Command);
        }
        if (workload.Env is { } env)
            writer.Member("env"u8, env, RecordJson.Default.IReadOnlyDictionaryStringString);
        if (workload.Secrets is { } secrets)
            writer.Member("secrets"u8, secrets, RecordJson.Default.IReadOnlyDictionaryStringSecretReference);
        if (workload.Roles is { } roles)
            writer.Member("roles"u8, roles, RecordJson.Default.IReadOnlyListWorkloadRole);
        writer.EndObject();
    }

    private static void Write(ref RecordWriter writer, IReadOnlyList<string> texts)
    {
        writer.BeginArray();
        for (var i = 0; i < texts.Count; i++)
            writer.Value(texts[i]);
        writer.EndArray();
    }
}
