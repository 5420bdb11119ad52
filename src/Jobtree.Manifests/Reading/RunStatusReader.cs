using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>Decodes the <c>status</c> of documents of kind Run.</summary>
internal static class RunStatusReader
{
    private const int LendersMax = 1000;

    private static readonly Form<RunPhase> Phase = Forms.OneOf(Vocabulary.Phases);
    private static readonly Form<ConditionType> Type = Forms.OneOf(Vocabulary.Conditions);
    private static readonly Form<bool> Holds = new(Tree.ValueKind.Text, "'True' or 'False'", TryHolds);
    private static readonly int ConditionsMax = Enum.GetValues<ConditionType>().Length;

    public static RunStatus Read(FieldReader section)
    {
        var status = new RunStatus
        {
            Phase = section.Or("phase", Phase, RunPhase.Pending),
            Conditions = section.Sections("conditions", ConditionsMax, ReadCondition),
            Width = section.OptionalSection("width", ReadWidth),
            Funding = section.OptionalSection("funding", ReadFunding),
            Eta = section.OptionalSection("eta", ReadEta),
            Queue = section.OptionalSection("queue", ReadQueue),
            Message = section.Optional("message", Forms.Line),
            Hold = section.OptionalSection("hold", ReadHold),
            SubmittedAt = section.OptionalValue("submittedAt", Forms.Time),
            StartedAt = section.OptionalValue("startedAt", Forms.Time),
            FinishedAt = section.OptionalValue("finishedAt", Forms.Time),
            Attempt = section.Or("attempt", Forms.Index, 0),
            Telemetry = section.OptionalSection("telemetry", ReadTelemetry),
            Schedule = section.OptionalSection("schedule", ReadSchedule),
        };
        section.Check(section.IsSound && status.Conditions.DistinctBy(condition => condition.Type)
            .Count() == status.Conditions.Count, "conditions", "must hold each type once");
        return status;
    }

    private static Condition ReadCondition(FieldReader item) => new(
        item.Required("type", Type),
        item.Required("status", Holds),
        item.Required("reason", Forms.Word),
        item.OptionalValue("lastTransitionTime", Forms.Time),
        item.Optional("message", Forms.Line));

    private static RunHoldStatus ReadHold(FieldReader section) => new(
        section.Required("by", Forms.Line),
        section.Required("since", Forms.Time),
        section.Optional("reason", Forms.Line));

    private static RunWidth ReadWidth(FieldReader section) => new(
        section.Or("min", Forms.GpusOrNone, 0),
        section.Or("max", Forms.GpusOrNone, 0),
        section.Or("desired", Forms.GpusOrNone, 0),
        section.Or("allocated", Forms.GpusOrNone, 0),
        section.Or("pending", Forms.GpusOrNone, 0));

    private static RunFundingStatus ReadFunding(FieldReader section) => new(
        section.Section("gpus", ReadSplit),
        section.Section("gpuHours", ReadSplit),
        section.Set("lenders", LendersMax, Forms.Owner));

    private static ClassSplit ReadSplit(FieldReader section) => new(
        section.Or("owned", Forms.Amount, 0),
        section.Or("shared", Forms.Amount, 0),
        section.Or("borrowed", Forms.Amount, 0),
        section.Or("unfunded", Forms.Amount, 0));

    private static RunEta ReadEta(FieldReader section) =>
        new(section.Required("median", Forms.Time), section.Required("p90", Forms.Time));

    private static QueuePlace ReadQueue(FieldReader section) =>
        new(section.Required("position", Forms.Index), section.Required("of", Forms.Index));

    private static RunSchedule ReadSchedule(FieldReader section) => new()
    {
        WaitingSince = section.OptionalValue("waitingSince", Forms.Time),
        AdmittedAt = section.OptionalValue("admittedAt", Forms.Time),
        AttemptSince = section.OptionalValue("attemptSince", Forms.Time),
        ExpectedEnd = section.OptionalValue("expectedEnd", Forms.Time),
        Gpus = section.OptionalValue("gpus", Forms.Gpus),
        DesiredGpus = section.OptionalValue("desiredGPUs", Forms.Gpus),
        EarlyCuts = section.Or("earlyCuts", Forms.Index, 0),
        Forecast = section.OptionalSection("forecast", ReadEta),
        ForecastWait = section.OptionalValue("forecastWait", Forms.Span),
        GpuSeconds = section.Has("gpuSeconds") ? section.Section("gpuSeconds", ReadSplit) : null,
    };

    private static RunTelemetry ReadTelemetry(FieldReader section) => new()
    {
        Attempt = section.Or("attempt", Forms.Index, 0),
        ReportedAt = section.Required("reportedAt", Forms.Time),
        Epoch = section.OptionalValue("epoch", Forms.Amount),
        Loss = section.OptionalValue("loss", Forms.Finite),
        Progress = section.OptionalValue("progress", Forms.Amount),
        Eta = section.OptionalValue("eta", Forms.Time),
        GpuUtilization = section.OptionalValue("gpuUtilization", Forms.Amount),
        GpuMemoryBytes = section.OptionalValue("gpuMemoryBytes", Forms.Amount),
        CpuCores = section.OptionalValue("cpuCores", Forms.Amount),
        MemoryBytes = section.OptionalValue("memoryBytes", Forms.Amount),
    };

    private static bool TryHolds(string text, out bool holds)
    {
        holds = text == "True";
        return holds || text == "False";
    }
}
