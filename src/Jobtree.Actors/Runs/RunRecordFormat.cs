using System.Text.Json;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>The state of a run as snapshots hold it: the bytes of <see cref="RunJson"/>, without its detours.</summary>
internal static class RunRecordFormat
{
    private const int RecordBytesUsual = 1024;

    public static byte[] ToBytes(RunRecord run)
    {
        var writer = new RecordWriter(stackalloc byte[RecordBytesUsual]);
        try
        {
            Write(ref writer, run);
            return writer.Written.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <summary>Reads a state.</summary>
    /// <param name="key">The run; what the state says of it is not asked.</param>
    /// <param name="state">Its bytes.</param>
    /// <param name="texts">Where texts that come again are shared; null: nowhere.</param>
    /// <returns>The run; null: it was never submitted.</returns>
    /// <exception cref="JsonException">They are not those of a state.</exception>
    public static RunRecord? Read(RunKey key, ReadOnlySpan<byte> state, SharedText? texts)
    {
        var reader = new RecordReader(state, texts);
        if (!reader.Begin())
            return null;
        long version = 0, lastFact = 0;
        int attempt = 0, gpus = 0;
        RunSpec? spec = null, submittedSpec = null;
        string? owner = null, submitOperation = null, endOperation = null, traceParent = null, reason = null,
            message = null;
        IReadOnlyDictionary<string, string>? labels = null;
        IReadOnlyDictionary<string, long>? lastFactElsewhere = null;
        RunPhase phase = default;
        IReadOnlyList<EarlierOperation>? earlierOperations = null;
        bool isDecided = false, isRefused = false;
        DateTimeOffset? submittedAt = null, startedAt = null, finishedAt = null;
        DateTimeOffset phaseSince = default;
        ClassSplit gpuSeconds = default;
        while (reader.NextMember())
        {
            if (reader.Is("version"u8))
                version = reader.ReadLong();
            else if (reader.Is("spec"u8))
                spec = reader.Begin() ? SpecFormat.Read(ref reader) : null;
            else if (reader.Is("submittedSpec"u8))
                submittedSpec = reader.Begin() ? SpecFormat.Read(ref reader) : null;
            else if (reader.Is("owner"u8))
                owner = reader.Text();
            else if (reader.Is("labels"u8))
                labels = reader.Part(RunJson.Default.IReadOnlyDictionaryStringString);
            else if (reader.Is("submitOperation"u8))
                submitOperation = reader.OwnText();
            else if (reader.Is("endOperation"u8))
                endOperation = reader.TextOrNull();
            else if (reader.Is("traceParent"u8))
                traceParent = reader.TextOrNull();
            else if (reader.Is("phase"u8))
                phase = reader.Named<RunPhase>();
            else if (reader.Is("isDecided"u8))
                isDecided = reader.Flag();
            else if (reader.Is("reason"u8))
                reason = reader.Text();
            else if (reader.Is("message"u8))
                message = reader.TextOrNull();
            else if (reader.Is("submittedAt"u8))
                submittedAt = reader.Time();
            else if (reader.Is("phaseSince"u8))
                phaseSince = reader.Time();
            else if (reader.Is("startedAt"u8))
                startedAt = reader.Time();
            else if (reader.Is("finishedAt"u8))
                finishedAt = reader.Time();
            else if (reader.Is("attempt"u8))
                attempt = reader.ReadInt();
            else if (reader.Is("gpus"u8))
                gpus = reader.ReadInt();
            else if (reader.Is("gpuSeconds"u8))
                gpuSeconds = RunFactFormat.ReadSplit(ref reader);
            else if (reader.Is("lastFact"u8))
                lastFact = reader.ReadLong();
            else if (reader.Is("lastFactElsewhere"u8))
                lastFactElsewhere = reader.Part(RunJson.Default.IReadOnlyDictionaryStringInt64);
            else if (reader.Is("isRefused"u8))
                isRefused = reader.Flag();
            else if (reader.Is("earlierOperations"u8))
                earlierOperations = reader.Part(RunJson.Default.IReadOnlyListEarlierOperation);
            else
                reader.Skip();
        }
        reader.End();
        return new RunRecord
        {
            Key = key,
            Version = version,
            Spec = spec ?? throw RecordReader.Missing("spec"),
            SubmittedSpec = submittedSpec,
            Owner = owner ?? throw RecordReader.Missing("owner"),
            Labels = labels,
            SubmitOperation = submitOperation ?? throw RecordReader.Missing("submitOperation"),
            EndOperation = endOperation,
            TraceParent = traceParent,
            Phase = phase,
            IsDecided = isDecided,
            Reason = reason ?? "Submitted",
            Message = message,
            SubmittedAt = submittedAt ?? throw RecordReader.Missing("submittedAt"),
            PhaseSince = phaseSince,
            StartedAt = startedAt,
            FinishedAt = finishedAt,
            Attempt = attempt,
            Gpus = gpus,
            GpuSeconds = gpuSeconds,
            LastFact = lastFact,
            LastFactElsewhere = lastFactElsewhere,
            IsRefused = isRefused,
            EarlierOperations = earlierOperations,
        };
    }

    internal static void Write(ref RecordWriter writer, RunRecord run)
    {
        writer.BeginObject();
        writer.Member("key"u8, run.Key);
        Write(ref writer, "version"u8, run.Version);
        writer.Name("spec"u8);
        SpecFormat.Write(ref writer, run.Spec);
        if (run.SubmittedSpec is { } submitted)
        {
            writer.Name("submittedSpec"u8);
            SpecFormat.Write(ref writer, submitted);
        }
        Write(ref writer, "owner"u8, run.Owner);
        if (run.Labels is { } labels)
            writer.Member("labels"u8, labels, RecordJson.Default.IReadOnlyDictionaryStringString);
        Write(ref writer, "submitOperation"u8, run.SubmitOperation);
        Write(ref writer, "endOperation"u8, run.EndOperation);
        Write(ref writer, "traceParent"u8, run.TraceParent);
        if (run.Phase != default)
            writer.Member("phase"u8, run.Phase);
        Write(ref writer, "isDecided"u8, run.IsDecided);
        Write(ref writer, "reason"u8, run.Reason);
        Write(ref writer, "message"u8, run.Message);
        Write(ref writer, "submittedAt"u8, run.SubmittedAt);
        Write(ref writer, "phaseSince"u8, run.PhaseSince == default ? null : run.PhaseSince);
        Write(ref writer, "startedAt"u8, run.StartedAt);
        Write(ref writer, "finishedAt"u8, run.FinishedAt);
        Write(ref writer, "attempt"u8, run.Attempt);
        Write(ref writer, "gpus"u8, run.Gpus);
        if (run.GpuSeconds != default)
        {
            writer.Name("gpuSeconds"u8);
            RunFactFormat.Write(ref writer, run.GpuSeconds);
        }
        Write(ref writer, "lastFact"u8, run.LastFact);
        if (run.LastFactElsewhere is { } elsewhere)
            writer.Member("lastFactElsewhere"u8, elsewhere, RunJson.Default.IReadOnlyDictionaryStringInt64);
        Write(ref writer, "isRefused"u8, run.IsRefused);
        if (run.EarlierOperations is { } earlier)
            writer.Member("earlierOperations"u8, earlier, RunJson.Default.IReadOnlyListEarlierOperation);
        Write(ref writer, "isHidden"u8, run.IsHidden);
        Write(ref writer, "isOver"u8, run.IsOver);
        writer.EndObject();
    }

    private static void Write(ref RecordWriter writer, ReadOnlySpan<byte> name, long number)
    {
        if (number == 0)
            return;
        writer.Member(name, number);
    }

    private static void Write(ref RecordWriter writer, ReadOnlySpan<byte> name, bool flag)
    {
        if (!flag)
            return;
        writer.Member(name, true);
    }

    private static void Write(ref RecordWriter writer, ReadOnlySpan<byte> name, string? text)
    {
        if (text is null)
            return;
        writer.Member(name, text);
    }

    private static void Write(ref RecordWriter writer, ReadOnlySpan<byte> name, DateTimeOffset? time)
    {
        if (time is not { } at)
            return;
        writer.Member(name, at);
    }
}
