using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>The JSON format of a demand in ledger entries. Members with default values are omitted.</summary>
public static class DemandFormat
{
    /// <summary>Writes a demand.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="demand">The demand.</param>
    public static void Write(ref RecordWriter writer, Demand demand)
    {
        writer.BeginObject();
        writer.Member("run"u8, demand.Run);
        writer.Member("owner"u8, demand.Owner);
        writer.Member("gpus"u8, demand.Gpus);
        Write(ref writer, "gpusMin"u8, demand.GpusMin);
        Write(ref writer, "gpusStep"u8, demand.GpusStep);
        Write(ref writer, "gpusMax"u8, demand.GpusMax);
        Write(ref writer, "gpusDesired"u8, demand.GpusDesired);
        Write(ref writer, "groupGpus"u8, demand.GroupGpus);
        if (demand.OneDomain)
            writer.Member("oneDomain"u8, true);
        if (demand.Level is { } level)
            writer.Member("level"u8, level);
        if (demand.LevelRequired)
            writer.Member("levelRequired"u8, true);
        Write(ref writer, "sparesPerGroup"u8, demand.SparesPerGroup);
        if (demand.Selector is { } selector)
            writer.Member("selector"u8, selector, RecordJson.Default.IReadOnlyDictionaryStringString);
        if (demand.Funding is { } funding)
        {
            writer.Name("funding"u8);
            SpecFormat.Write(ref writer, funding);
        }
        Write(ref writer, "expectedDuration"u8, demand.ExpectedDuration);
        Write(ref writer, "checkpoint"u8, demand.Checkpoint);
        writer.Member("submittedAt"u8, demand.SubmittedAt);
        if (demand.AdmittedAt is { } admittedAt)
            writer.Member("admittedAt"u8, admittedAt);
        Write(ref writer, "attempt"u8, demand.Attempt);
        if (demand.RequeuesOnNodeFailure)
            writer.Member("requeuesOnNodeFailure"u8, true);
        Write(ref writer, "earlyCuts"u8, demand.EarlyCuts);
        writer.EndObject();
    }

    /// <summary>Reads a demand.</summary>
    /// <param name="reader">The reader, positioned at the demand.</param>
    public static Demand? Read(ref RecordReader reader)
    {
        if (!reader.Begin())
            return null;
        RunKey? run = null;
        string? owner = null;
        int? gpus = null;
        int gpusMin = 0, gpusStep = 0, gpusMax = 0, gpusDesired = 0, groupGpus = 0, sparesPerGroup = 0;
        int attempt = 0, earlyCuts = 0;
        bool oneDomain = false, levelRequired = false, requeuesOnNodeFailure = false;
        LocalityLevel? level = null;
        IReadOnlyDictionary<string, string>? selector = null;
        RunFunding? funding = null;
        TimeSpan? expectedDuration = null, checkpoint = null;
        DateTimeOffset? submittedAt = null, admittedAt = null;
        while (reader.NextMember())
        {
            if (reader.Is("run"u8))
                run = reader.Run();
            else if (reader.Is("owner"u8))
                owner = reader.Text();
            else if (reader.Is("gpus"u8))
                gpus = reader.ReadInt();
            else if (reader.Is("submittedAt"u8))
                submittedAt = reader.Time();
            else if (reader.Is("attempt"u8))
                attempt = reader.ReadInt();
            else if (reader.Is("expectedDuration"u8))
                expectedDuration = reader.Duration();
            else if (reader.Is("groupGpus"u8))
                groupGpus = reader.ReadInt();
            else if (reader.Is("admittedAt"u8))
                admittedAt = reader.Time();
            else if (reader.Is("checkpoint"u8))
                checkpoint = reader.Duration();
            else if (reader.Is("gpusMin"u8))
                gpusMin = reader.ReadInt();
            else if (reader.Is("gpusStep"u8))
                gpusStep = reader.ReadInt();
            else if (reader.Is("gpusMax"u8))
                gpusMax = reader.ReadInt();
            else if (reader.Is("gpusDesired"u8))
                gpusDesired = reader.ReadInt();
            else if (reader.Is("requeuesOnNodeFailure"u8))
                requeuesOnNodeFailure = reader.Flag();
            else if (reader.Is("earlyCuts"u8))
                earlyCuts = reader.ReadInt();
            else if (reader.Is("oneDomain"u8))
                oneDomain = reader.Flag();
            else if (reader.Is("level"u8))
                level = reader.Named<LocalityLevel>();
            else if (reader.Is("levelRequired"u8))
                levelRequired = reader.Flag();
            else if (reader.Is("sparesPerGroup"u8))
                sparesPerGroup = reader.ReadInt();
            else if (reader.Is("selector"u8))
                selector = reader.Part(RecordJson.Default.IReadOnlyDictionaryStringString);
            else if (reader.Is("funding"u8))
                funding = reader.Part(RecordJson.Default.RunFunding);
            else
                reader.Skip();
        }
        return new Demand
        {
            Run = run ?? throw RecordReader.Missing("run"),
            Owner = owner ?? throw RecordReader.Missing("owner"),
            Gpus = gpus ?? throw RecordReader.Missing("gpus"),
            GpusMin = gpusMin,
            GpusStep = gpusStep,
            GpusMax = gpusMax,
            GpusDesired = gpusDesired,
            GroupGpus = groupGpus,
            OneDomain = oneDomain,
            Level = level,
            LevelRequired = levelRequired,
            SparesPerGroup = sparesPerGroup,
            Selector = selector,
            Funding = funding,
            ExpectedDuration = expectedDuration,
            Checkpoint = checkpoint,
            SubmittedAt = submittedAt ?? throw RecordReader.Missing("submittedAt"),
            AdmittedAt = admittedAt,
            Attempt = attempt,
            RequeuesOnNodeFailure = requeuesOnNodeFailure,
            EarlyCuts = earlyCuts,
        };
    }

    private static void Write(ref RecordWriter writer, ReadOnlySpan<byte> name, int number)
    {
        if (number == 0)
            return;
        writer.Member(name, number);
    }

    private static void Write(ref RecordWriter writer, ReadOnlySpan<byte> name, TimeSpan? duration)
    {
        if (duration is not { } time)
            return;
        writer.Member(name, time);
    }
}
