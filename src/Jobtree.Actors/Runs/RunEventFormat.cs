using System.Text.Json;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Runs;

/// <summary>
/// The records of a run's journal, written and read by hand: the same bytes as <see cref="RunJson"/>, at a fraction of
/// its time and garbage. The bench "pieces" measures both.
/// </summary>
public static class RunEventFormat
{
    /// <summary>Writes a record.</summary>
    /// <param name="writer">Receives the bytes.</param>
    /// <param name="change">The record.</param>
    public static void Write(ref RecordWriter writer, RunEvent change)
    {
        writer.BeginObject();
        writer.Member("at"u8, change.At);
        if (change.Submitted is { } submitted)
        {
            writer.Name("submitted"u8);
            Write(ref writer, submitted);
        }
        if (change.Fact is { } fact)
        {
            writer.Name("fact"u8);
            RunFactFormat.Write(ref writer, fact);
        }
        if (change.Ended is { } ended)
        {
            writer.Name("ended"u8);
            Write(ref writer, ended);
        }
        if (change.Refused is { } refused)
            writer.Member("refused"u8, refused);
        if (change.Refunded is { } refunded)
        {
            writer.Name("refunded"u8);
            SpecFormat.Write(ref writer, refunded);
        }
        if (change.MissesFacts)
            writer.Member("missesFacts"u8, true);
        if (change.Resized is { } resized)
        {
            writer.Name("resized"u8);
            Write(ref writer, resized);
        }
        if (change.Waiting is { } waiting)
            writer.Member("waiting"u8, waiting, RunJson.Default.WaitingStep);
        writer.EndObject();
    }

    /// <summary>Reads a record.</summary>
    /// <param name="record">The record's bytes.</param>
    /// <param name="texts">Shares repeated strings; null: they are not shared.</param>
    /// <exception cref="JsonException">The bytes are not a record.</exception>
    public static RunEvent Read(ReadOnlySpan<byte> record, SharedText? texts)
    {
        var reader = new RecordReader(record, texts);
        DateTimeOffset? at = null;
        Submission? submitted = null;
        RunFact? fact = null;
        RunEnd? ended = null;
        string? refused = null;
        RunFunding? refunded = null;
        var missesFacts = false;
        WaitingStep? waiting = null;
        DesiredWidth? resized = null;
        if (!reader.Begin())
            throw new JsonException("The record is null.");
        while (reader.NextMember())
        {
            if (reader.Is("at"u8))
                at = reader.Time();
            else if (reader.Is("fact"u8))
                fact = RunFactFormat.Read(ref reader);
            else if (reader.Is("submitted"u8))
                submitted = ReadSubmission(ref reader);
            else if (reader.Is("ended"u8))
                ended = ReadEnd(ref reader);
            else if (reader.Is("refused"u8))
                refused = reader.TextOrNull();
            else if (reader.Is("refunded"u8))
                refunded = reader.Part(RunJson.Default.RunFunding);
            else if (reader.Is("missesFacts"u8))
                missesFacts = reader.Flag();
            else if (reader.Is("waiting"u8))
                waiting = reader.Part(RunJson.Default.WaitingStep);
            else if (reader.Is("resized"u8))
                resized = ReadWidth(ref reader);
            else
                reader.Skip();
        }
        reader.End();
        return new RunEvent { At = at ?? throw RecordReader.Missing("at"), Submitted = submitted, Fact = fact,
            Ended = ended, Refused = refused, Refunded = refunded, MissesFacts = missesFacts, Waiting = waiting,
            Resized = resized };
    }

    private static void Write(ref RecordWriter writer, Submission submission)
    {
        writer.BeginObject();
        writer.Name("spec"u8);
        SpecFormat.Write(ref writer, submission.Spec);
        writer.Member("owner"u8, submission.Owner);
        if (submission.Labels is { } labels)
            writer.Member("labels"u8, labels, RecordJson.Default.IReadOnlyDictionaryStringString);
        writer.Member("operation"u8, submission.Operation);
        if (submission.TraceParent is { } traceParent)
            writer.Member("traceParent"u8, traceParent);
        if (submission.Again)
            writer.Member("again"u8, true);
        if (submission.By is { } by)
            writer.Member("by"u8, by);
        writer.EndObject();
    }

    private static Submission? ReadSubmission(ref RecordReader reader)
    {
        if (!reader.Begin())
            return null;
        RunSpec? spec = null;
        string? owner = null;
        IReadOnlyDictionary<string, string>? labels = null;
        string? operation = null;
        string? traceParent = null;
        var again = false;
        string? by = null;
        while (reader.NextMember())
        {
            if (reader.Is("spec"u8))
                spec = reader.Begin() ? SpecFormat.Read(ref reader) : null;
            else if (reader.Is("owner"u8))
                owner = reader.Text();
            else if (reader.Is("labels"u8))
                labels = reader.Part(RunJson.Default.IReadOnlyDictionaryStringString);
            else if (reader.Is("operation"u8))
                operation = reader.OwnText();
            else if (reader.Is("traceParent"u8))
                traceParent = reader.TextOrNull();
            else if (reader.Is("again"u8))
                again = reader.Flag();
            else if (reader.Is("by"u8))
                by = reader.TextOrNull();
            else
                reader.Skip();
        }
        return new Submission(spec ?? throw RecordReader.Missing("spec"), owner ?? throw RecordReader.Missing("owner"),
            labels, operation ?? "", traceParent, again, by);
    }

    private static void Write(ref RecordWriter writer, DesiredWidth width)
    {
        writer.BeginObject();
        if (width.Gpus is { } gpus)
            writer.Member("gpus"u8, gpus);
        writer.Member("operation"u8, width.Operation);
        if (width.IsSubmitted)
            writer.Member("isSubmitted"u8, true);
        writer.EndObject();
    }

    private static DesiredWidth? ReadWidth(ref RecordReader reader)
    {
        if (!reader.Begin())
            return null;
        int? gpus = null;
        var operation = "";
        var isSubmitted = false;
        while (reader.NextMember())
        {
            if (reader.Is("gpus"u8))
                gpus = reader.ReadInt();
            else if (reader.Is("operation"u8))
                operation = reader.OwnText();
            else if (reader.Is("isSubmitted"u8))
                isSubmitted = reader.Flag();
            else
                reader.Skip();
        }
        return new DesiredWidth(gpus, operation, isSubmitted);
    }

    private static void Write(ref RecordWriter writer, RunEnd end)
    {
        writer.BeginObject();
        if (end.Reason != default)
            writer.Member("reason"u8, end.Reason);
        if (end.Message is { } message)
            writer.Member("message"u8, message);
        writer.Member("operation"u8, end.Operation);
        if (end.GpuSeconds != default)
        {
            writer.Name("gpuSeconds"u8);
            RunFactFormat.Write(ref writer, end.GpuSeconds);
        }
        if (end.Sequence != 0)
            writer.Member("sequence"u8, end.Sequence);
        if (end.Attempt != 0)
            writer.Member("attempt"u8, end.Attempt);
        writer.EndObject();
    }

    private static RunEnd? ReadEnd(ref RecordReader reader)
    {
        if (!reader.Begin())
            return null;
        LeaseEndReason reason = default;
        string? message = null;
        var operation = "";
        ClassSplit gpuSeconds = default;
        long sequence = 0;
        var attempt = 0;
        while (reader.NextMember())
        {
            if (reader.Is("reason"u8))
                reason = reader.Named<LeaseEndReason>();
            else if (reader.Is("message"u8))
                message = reader.TextOrNull();
            else if (reader.Is("operation"u8))
                operation = reader.OwnText();
            else if (reader.Is("gpuSeconds"u8))
                gpuSeconds = RunFactFormat.ReadSplit(ref reader);
            else if (reader.Is("sequence"u8))
                sequence = reader.ReadLong();
            else if (reader.Is("attempt"u8))
                attempt = reader.ReadInt();
            else
                reader.Skip();
        }
        return new RunEnd(reason, message, operation, gpuSeconds, sequence, attempt);
    }
}
