using Jobtree.Manifests.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Writing;

/// <summary>Writes the <c>spec</c> and the <c>status</c> of a Run.</summary>
internal static class RunWriter
{
    private static readonly Dictionary<string, string> NoEnv = [];

    public static void WriteSpec(IManifestSink sink, RunSpec spec)
    {
        sink.Field("owner", spec.Owner);
        sink.Section("resources", spec.Resources, WriteResources);
        sink.Section("locality", spec.Locality, WriteLocality);
        sink.Section("malleable", spec.Malleable, WriteMalleable);
        sink.FieldUnlessZero("sparesPerGroup", spec.SparesPerGroup);
        sink.Section("funding", spec.Funding, WriteFunding);
        sink.Section("follow", spec.Follow, WriteFollow);
        sink.Section("runtime", spec.Runtime, WriteRuntime);
        sink.Section("workload", spec.Workload, WriteWorkload);
    }

    public static void WriteStatus(IManifestSink sink, RunStatus status)
    {
        sink.Field("phase", Vocabulary.Phases[status.Phase]);
        sink.Objects("conditions", status.Conditions, WriteCondition);
        sink.Section("width", status.Width, WriteWidth);
        sink.Section("funding", status.Funding, WriteFundingStatus);
        sink.Section("eta", status.Eta, WriteEta);
        sink.Section("queue", status.Queue, WriteQueue);
        sink.Field("message", status.Message);
        sink.Section("hold", status.Hold, WriteHold);
        sink.Field("submittedAt", status.SubmittedAt);
        sink.Field("startedAt", status.StartedAt);
        sink.Field("finishedAt", status.FinishedAt);
        sink.FieldUnlessZero("attempt", status.Attempt);
        sink.Section("telemetry", status.Telemetry, WriteTelemetry);
        sink.Section("schedule", status.Schedule, WriteSchedule);
    }

    private static void WriteResources(IManifestSink sink, Resources resources)
    {
        sink.Field("gpuType", resources.GpuType);
        sink.Field("totalGPUs", resources.TotalGPUs);
    }

    private static void WriteLocality(IManifestSink sink, Locality locality)
    {
        sink.Field("groupGPUs", locality.GroupGPUs);
        if (!locality.AllowCrossGroupSpread)
            sink.Field("allowCrossGroupSpread", false);
        sink.Field("level", locality.Level is { } level ? Vocabulary.Levels[level] : null);
        sink.FieldUnless("levelPolicy", locality.LevelPolicy, LevelPolicy.Preferred, Vocabulary.LevelPolicies);
        sink.Map("selector", locality.Selector);
    }

    private static void WriteMalleable(IManifestSink sink, Malleable widths)
    {
        sink.Field("minTotalGPUs", widths.MinTotalGPUs);
        sink.Field("maxTotalGPUs", widths.MaxTotalGPUs);
        sink.Field("stepGPUs", widths.StepGPUs);
        sink.Field("desiredTotalGPUs", widths.DesiredTotalGPUs);
    }

    private static void WriteFunding(IManifestSink sink, RunFunding funding)
    {
        sink.Field("allowBorrow", funding.AllowBorrow);
        sink.Field("maxBorrowGPUs", funding.MaxBorrowGPUs);
        sink.Texts("sponsors", funding.Sponsors);
    }

    private static void WriteFollow(IManifestSink sink, Follow follow)
    {
        sink.Texts("after", follow.After);
        sink.FieldUnless("onUpstreamFailure", follow.OnUpstreamFailure, UpstreamFailure.Wait,
            Vocabulary.UpstreamFailures);
        sink.Field("grace", follow.Grace);
    }

    private static void WriteRuntime(IManifestSink sink, RuntimeHints hints)
    {
        sink.Field("checkpoint", hints.Checkpoint);
        sink.Field("expectedDuration", hints.ExpectedDuration);
        sink.Field("onNodeFailure", hints.OnNodeFailure is { } policy ? Vocabulary.NodeFailures[policy] : null);
    }

    private static void WriteWorkload(IManifestSink sink, Workload workload)
    {
        sink.Field("image", workload.Image);
        sink.Texts("command", workload.Command);
        WriteEnv(sink, workload.Env, workload.Secrets);
        if (workload.Roles is { } roles)
            sink.Objects("roles", roles, WriteRole);
    }

    private static void WriteEnv(IManifestSink sink, IReadOnlyDictionary<string, string>? env,
        IReadOnlyDictionary<string, SecretReference>? secrets)
    {
        if (secrets is null)
        {
            sink.Map("env", env);
            return;
        }
        sink.Name("env");
        sink.StartObject();
        foreach (var (name, value) in (env ?? NoEnv).OrderBy(entry => entry.Key, StringComparer.Ordinal))
            sink.Field(name, value);
        foreach (var (name, reference) in secrets.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            sink.Name(name);
            sink.Object(reference, static (entry, reference) => entry.Section("valueFrom", reference, WriteSource));
        }
        sink.EndObject();
    }

    private static void WriteSource(IManifestSink sink, SecretReference reference)
    {
        sink.Field("secret", reference.Secret);
        sink.Field("file", reference.File);
    }

    private static void WriteRole(IManifestSink sink, WorkloadRole role)
    {
        sink.Field("name", role.Name);
        sink.Field("width", role.Width);
        sink.Field("gpusPerPod", role.GpusPerPod);
        sink.Field("image", role.Image);
        sink.Texts("command", role.Command);
        WriteEnv(sink, role.Env, role.Secrets);
        sink.FieldUnless("failurePolicy", role.FailurePolicy, PodFailurePolicy.Fail, Vocabulary.PodFailures);
        sink.FieldUnlessZero("retries", role.Retries);
        sink.Field("backoff", role.BackOff);
    }

    private static void WriteHold(IManifestSink sink, RunHoldStatus hold)
    {
        sink.Field("by", hold.By);
        sink.Field("since", hold.Since);
        sink.Field("reason", hold.Reason);
    }

    private static void WriteCondition(IManifestSink sink, Condition condition)
    {
        sink.Field("type", Vocabulary.Conditions[condition.Type]);
        sink.Field("status", condition.Status ? "True" : "False");
        sink.Field("reason", condition.Reason);
        sink.Field("message", condition.Message);
        sink.Field("lastTransitionTime", condition.Since);
    }

    private static void WriteWidth(IManifestSink sink, RunWidth width)
    {
        sink.Field("min", width.Min);
        sink.Field("max", width.Max);
        sink.Field("desired", width.Desired);
        sink.Field("allocated", width.Allocated);
        sink.Field("pending", width.Pending);
    }

    private static void WriteFundingStatus(IManifestSink sink, RunFundingStatus funding)
    {
        sink.Name("gpus");
        sink.Object(funding.Gpus, WriteSplit);
        sink.Name("gpuHours");
        sink.Object(funding.GpuHours, WriteSplit);
        sink.Texts("lenders", funding.Lenders);
    }

    private static void WriteSplit(IManifestSink sink, ClassSplit split)
    {
        sink.Field("owned", split.Owned);
        sink.Field("shared", split.Shared);
        sink.Field("borrowed", split.Borrowed);
        sink.Field("unfunded", split.Unfunded);
    }

    private static void WriteSchedule(IManifestSink sink, RunSchedule schedule)
    {
        sink.Field("waitingSince", schedule.WaitingSince);
        sink.Field("admittedAt", schedule.AdmittedAt);
        sink.Field("attemptSince", schedule.AttemptSince);
        sink.Field("expectedEnd", schedule.ExpectedEnd);
        sink.Field("gpus", schedule.Gpus);
        sink.Field("desiredGPUs", schedule.DesiredGpus);
        sink.FieldUnlessZero("earlyCuts", schedule.EarlyCuts);
        sink.Section("forecast", schedule.Forecast, WriteEta);
        sink.Field("forecastWait", schedule.ForecastWait);
        if (schedule.GpuSeconds is { } used)
        {
            sink.Name("gpuSeconds");
            sink.Object(used, WriteSplit);
        }
    }

    private static void WriteQueue(IManifestSink sink, QueuePlace place)
    {
        sink.Field("position", place.Position);
        sink.Field("of", place.Of);
    }

    private static void WriteEta(IManifestSink sink, RunEta eta)
    {
        sink.Field("median", eta.Median);
        sink.Field("p90", eta.P90);
    }

    private static void WriteTelemetry(IManifestSink sink, RunTelemetry telemetry)
    {
        sink.Field("attempt", telemetry.Attempt);
        sink.Field("reportedAt", telemetry.ReportedAt);
        sink.Field("epoch", telemetry.Epoch);
        sink.Field("loss", telemetry.Loss);
        sink.Field("progress", telemetry.Progress);
        sink.Field("eta", telemetry.Eta);
        sink.Field("gpuUtilization", telemetry.GpuUtilization);
        sink.Field("gpuMemoryBytes", telemetry.GpuMemoryBytes);
        sink.Field("cpuCores", telemetry.CpuCores);
        sink.Field("memoryBytes", telemetry.MemoryBytes);
    }
}
