using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Runs;

/// <summary>
/// A flavor's fact in a run's journal. Default values are left out, and so are the leases, which the flavor records.
/// </summary>
internal static class RunFactFormat
{
    public static void Write(ref RecordWriter writer, RunFact fact)
    {
        writer.BeginObject();
        writer.Member("sequence"u8, fact.Sequence);
        writer.Member("flavor"u8, fact.Flavor);
        writer.Member("run"u8, fact.Run);
        writer.Member("at"u8, fact.At);
        if (fact.Kind != default)
            writer.Member("kind"u8, fact.Kind);
        if (fact.Reason != default)
            writer.Member("reason"u8, fact.Reason);
        if (fact.Attempt != 0)
            writer.Member("attempt"u8, fact.Attempt);
        if (fact.Began is { } began)
            writer.Member("began"u8, began);
        if (fact.Gpus != 0)
            writer.Member("gpus"u8, fact.Gpus);
        if (fact.Seed is { } seed)
            writer.Member("seed"u8, seed);
        if (fact.Cause is { } cause)
            writer.Member("cause"u8, cause);
        if (fact.Node is { } node)
            writer.Member("node"u8, node);
        if (fact.GpuSeconds != default)
        {
            writer.Name("gpuSeconds"u8);
            Write(ref writer, fact.GpuSeconds);
        }
        if (fact.Place is { } place)
            writer.Member("place"u8, place, RunJson.Default.RunPlace);
        writer.EndObject();
    }

    /// <summary>Reads a fact.</summary>
    /// <param name="reader">The reader, at the fact.</param>
    public static RunFact? Read(ref RecordReader reader)
    {
        if (!reader.Begin())
            return null;
        long? sequence = null;
        string? flavor = null;
        RunKey? run = null;
        DateTimeOffset? at = null;
        RunFactKind kind = default;
        LeaseEndReason reason = default;
        LeaseStartReason? began = null;
        string? node = null;
        int attempt = 0, gpus = 0;
        string? seed = null;
        RunKey? cause = null;
        ClassSplit gpuSeconds = default;
        RunPlace? place = null;
        while (reader.NextMember())
        {
            if (reader.Is("sequence"u8))
                sequence = reader.ReadLong();
            else if (reader.Is("flavor"u8))
                flavor = reader.Text();
            else if (reader.Is("run"u8))
                run = reader.Run();
            else if (reader.Is("at"u8))
                at = reader.Time();
            else if (reader.Is("kind"u8))
                kind = reader.Named<RunFactKind>();
            else if (reader.Is("reason"u8))
                reason = reader.Named<LeaseEndReason>();
            else if (reader.Is("began"u8))
                began = reader.Named<LeaseStartReason>();
            else if (reader.Is("node"u8))
                node = reader.TextOrNull();
            else if (reader.Is("attempt"u8))
                attempt = reader.ReadInt();
            else if (reader.Is("gpus"u8))
                gpus = reader.ReadInt();
            else if (reader.Is("seed"u8))
                seed = reader.TextOrNull();
            else if (reader.Is("cause"u8))
                cause = reader.Run();
            else if (reader.Is("gpuSeconds"u8))
                gpuSeconds = ReadSplit(ref reader);
            else if (reader.Is("place"u8))
                place = reader.Part(RunJson.Default.RunPlace);
            else
                reader.Skip();
        }
        return new RunFact
        {
            Sequence = sequence ?? throw RecordReader.Missing("sequence"),
            Flavor = flavor ?? throw RecordReader.Missing("flavor"),
            Run = run ?? throw RecordReader.Missing("run"),
            At = at ?? throw RecordReader.Missing("at"),
            Kind = kind,
            Reason = reason,
            Began = began,
            Node = node,
            Attempt = attempt,
            Gpus = gpus,
            Seed = seed,
            Cause = cause,
            GpuSeconds = gpuSeconds,
            Place = place,
        };
    }

    public static void Write(ref RecordWriter writer, ClassSplit split)
    {
        writer.BeginObject();
        Write(ref writer, "owned"u8, split.Owned);
        Write(ref writer, "shared"u8, split.Shared);
        Write(ref writer, "borrowed"u8, split.Borrowed);
        Write(ref writer, "unfunded"u8, split.Unfunded);
        writer.EndObject();
    }

    public static ClassSplit ReadSplit(ref RecordReader reader)
    {
        double owned = 0, shared = 0, borrowed = 0, unfunded = 0;
        if (!reader.Begin())
            return default;
        while (reader.NextMember())
        {
            if (reader.Is("owned"u8))
                owned = reader.ReadDouble();
            else if (reader.Is("shared"u8))
                shared = reader.ReadDouble();
            else if (reader.Is("borrowed"u8))
                borrowed = reader.ReadDouble();
            else if (reader.Is("unfunded"u8))
                unfunded = reader.ReadDouble();
            else
                reader.Skip();
        }
        return new ClassSplit(owned, shared, borrowed, unfunded);
    }

    private static void Write(ref RecordWriter writer, ReadOnlySpan<byte> name, double amount)
    {
        if (amount == 0)
            return;
        writer.Member(name, amount);
    }
}
