using System.Globalization;

namespace Jobtree.Simulation.Traces.Formats;

/// <summary>
/// The Standard Workload Format 2.2 of the Parallel Workloads Archive: 18 fields between spaces, times in seconds, -1
/// for what is not known, and comments after a semicolon. A processor counts as a GPU, the partition (else the queue)
/// as the virtual cluster, and the requested time as the stated duration.
/// </summary>
internal sealed class SwfFormat : ITraceFormat
{
    private const string Id = "job number (field 1)";
    private const string Submit = "submit time (field 2)";
    private const string RunTime = "run time (field 4)";
    private const string Allocated = "allocated processors (field 5)";
    private const string Requested = "requested processors (field 8)";
    private const string RequestedTime = "requested time (field 9)";
    private const string Status = "status (field 11)";
    private const string User = "user (field 12)";
    private const string Queue = "queue (field 15)";
    private const string Partition = "partition (field 16)";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public string Name => "swf";

    /// <inheritdoc/>
    public IReadOnlyList<string> Columns { get; } =
    [
        Id, Submit, "wait time (field 3)", RunTime, Allocated, "processor time (field 6)", "memory (field 7)",
        Requested, RequestedTime, "requested memory (field 10)", Status, User, "group (field 13)",
        "executable (field 14)", Queue, Partition, "preceding job (field 17)", "think time (field 18)",
    ];

    /// <inheritdoc/>
    public bool HasHeader => false;

    /// <summary>Whether a line is a comment.</summary>
    public static bool IsComment(string line) => line.AsSpan().TrimStart().StartsWith(";");

    /// <summary>The number that a comment of the header gives; null if it is of another kind.</summary>
    /// <param name="comment">A comment.</param>
    /// <param name="label">The label of the number, such as <c>MaxProcs</c>.</param>
    public static int? HeaderNumber(string comment, string label)
    {
        var text = comment.AsSpan().TrimStart(" \t;");
        if (!text.StartsWith(label, StringComparison.Ordinal) || !text[label.Length..].StartsWith(":"))
            return null;
        var number = text[(label.Length + 1)..].Trim();
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
            ? value
            : null;
    }

    /// <inheritdoc/>
    public string? Split(string line, List<string> fields)
    {
        fields.Clear();
        var rest = line.AsSpan();
        while (fields.Count <= Columns.Count && (rest = rest.TrimStart(" \t")).Length > 0)
        {
            var end = rest.IndexOfAny(' ', '\t');
            fields.Add((end < 0 ? rest : rest[..end]).ToString());
            rest = end < 0 ? [] : rest[end..];
        }

        return null;
    }

    /// <inheritdoc/>
    public TraceJob? Read(TraceRow row)
    {
        var id = row.Text(Id);
        var duration = TimeOf(row, RunTime);
        var processors = Known(row, Requested) ?? Known(row, Allocated);
        var submit = TimeOf(row, Submit);
        var stated = TimeOf(row, RequestedTime);
        var user = NumberOf(row, User);
        var partition = NumberOf(row, Partition);
        var queue = NumberOf(row, Queue);
        if (NumberOf(row, Status) is 2 or 3 or 4)
            return row.LeaveOut(LeftOutReason.PartOfJob);
        if (duration is null || duration == TimeSpan.Zero)
            return row.LeaveOut(LeftOutReason.NeverRan);
        if (submit is null || processors is null)
            return row.LeaveOut(LeftOutReason.Unknown);
        var cluster = partition is not null ? $"partition-{partition}" : queue is not null ? $"queue-{queue}" : "all";
        return new TraceJob(id, cluster, processors.Value, submit.Value, duration.Value, BestEffort: false)
        {
            User = user is null ? null : $"user-{user}",
            Stated = stated > TimeSpan.Zero ? stated : null,
        };
    }

    private static TimeSpan? TimeOf(TraceRow row, string column) =>
        IsUnknown(row, column) ? null : row.Time(column, Second, "-1 or seconds");

    private static int? Known(TraceRow row, string column) =>
        IsUnknown(row, column) || row.Gpus(column) is 0 ? null : row.Gpus(column);

    private static int? NumberOf(TraceRow row, string column) =>
        IsUnknown(row, column) ? null : row.Number(column, int.MaxValue);

    private static bool IsUnknown(TraceRow row, string column) => row.Field(column) == "-1";
}
