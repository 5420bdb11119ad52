using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using Jobtree.Simulation.Traces.Formats;

namespace Jobtree.Simulation.Traces;

/// <summary>
/// Reads a trace file, plain or gzip (detected by the first bytes), in one of the <see cref="TraceFormats"/>. It reads
/// row by row and keeps only GPU jobs.
/// </summary>
internal sealed class TraceReader
{
    private readonly string _name;
    private readonly TraceLimits _limits;
    private readonly TraceRow _row;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _clusters = new(StringComparer.Ordinal);
    private readonly Dictionary<TraceOwner, TraceOwner> _owners = [];
    private ITraceFormat? _format;
    private int? _processors;
    private int? _nodes;
    private TimeSpan? _firstSubmit;
    private int _comments;

    private TraceReader(string name, TraceLimits limits, ITraceFormat? format)
    {
        _name = name;
        _limits = limits;
        _format = format;
        _row = new TraceRow(name, limits);
    }

    /// <summary>Reads a trace file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">The limits; null: the defaults.</param>
    /// <param name="format">The format; null: told by the first line.</param>
    /// <exception cref="TraceFormatException">The file is not a valid trace; the message names the line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static JobTrace Read(string path, TraceLimits? limits = null, ITraceFormat? format = null)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024);
        return Read(file, PrintableText.Of(Path.GetFileName(path)), limits, format);
    }

    /// <summary>Reads a trace from a seekable stream.</summary>
    /// <param name="stream">The bytes, plain or gzip.</param>
    /// <param name="name">The name for messages and reports.</param>
    /// <param name="limits">The limits; null: the defaults.</param>
    /// <param name="format">The format; null: told by the first line.</param>
    /// <exception cref="TraceFormatException">The stream is not a valid trace; the message names the line.</exception>
    public static JobTrace Read(
        Stream stream, string name, TraceLimits? limits = null, ITraceFormat? format = null)
    {
        var reader = new TraceReader(name, limits ?? new TraceLimits(), format);
        try
        {
            using var content = IsGzip(stream)
                ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true)
                : stream;
            using var text = new StreamReader(content, Encoding.UTF8);
            var jobs = reader.Jobs(text).ToList();
            return jobs.Count == 0
                ? throw new TraceFormatException(name, 0, "there is no GPU job in it")
                : new JobTrace(name, jobs, reader.Origin());
        }
        catch (InvalidDataException damaged)
        {
            throw new TraceFormatException(name, reader._row.Line, "the gzip data is damaged from here on", damaged);
        }
    }

    private static bool IsGzip(Stream stream)
    {
        Span<byte> magic = stackalloc byte[2];
        var start = stream.Position;
        var read = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        stream.Position = start;
        return read == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
    }

    private TraceOrigin Origin() => new()
    {
        Format = _format?.Name,
        LeftOut = _row.LeftOut.ToImmutableSortedDictionary(),
        MachineGpus = _processors ?? _nodes,
    };

    private IEnumerable<TraceJob> Jobs(TextReader text)
    {
        var lines = new BoundedLines(text, _limits.LineLengthMax);
        if (!Next(lines, out var line))
            throw _row.Wrong("the file is empty; a header with the columns is needed");
        var format = _format ??= TraceFormats.Of(line)
            ?? throw _row.Wrong($"this is the first line of no known trace: {TraceFormats.Expected}");
        var columns = format.HasHeader ? Header(format, line) : format.Columns;
        _row.Name(columns);
        var rows = 0;
        for (var more = !format.HasHeader || Next(lines, out line); more; more = Next(lines, out line))
        {
            if (!format.HasHeader && SwfFormat.IsComment(line))
            {
                Comment(line);
                continue;
            }

            if (++rows > _limits.RowsMax)
                throw _row.Wrong($"there are more than {_limits.RowsMax} rows, which is the limit");
            Split(format, line);
            if (_row.Fields.Count != columns.Count)
                throw _row.Wrong(format.HasHeader
                    ? $"the row has {_row.Fields.Count} fields; the header has {columns.Count}"
                    : $"the row has {CountOf(_row.Fields.Count, columns.Count)} fields; {columns.Count} are needed");
            if (format.Read(_row) is { } job)
                yield return Checked(job);
        }
    }

    private static string CountOf(int fields, int needed) => fields > needed ? $"more than {needed}" : $"{fields}";

    /// <summary>Moves to the next line that is not blank.</summary>
    private bool Next(BoundedLines lines, out string line)
    {
        do
        {
            _row.Line++;
            if (!lines.TryRead(out line, out var tooLong))
                return false;
            if (tooLong)
                throw _row.Wrong($"the line is longer than {_limits.LineLengthMax} characters, which is the limit");
        }
        while (string.IsNullOrWhiteSpace(line));
        return true;
    }

    private void Split(ITraceFormat format, string line)
    {
        if (format.Split(line, _row.Fields) is { } problem)
            throw _row.Wrong(problem);
    }

    private List<string> Header(ITraceFormat format, string line)
    {
        Split(format, line);
        var missing = format.Columns.FirstOrDefault(column => !_row.Fields.Contains(column));
        if (missing is not null)
            throw _row.Wrong($"the header has no column '{missing}'; for {format.Name} the columns "
                + $"{string.Join(", ", format.Columns)} are needed");
        var twice = format.Columns.FirstOrDefault(
            column => _row.Fields.IndexOf(column) != _row.Fields.LastIndexOf(column));
        return twice is null ? [.. _row.Fields] : throw _row.Wrong($"the header has the column '{twice}' twice");
    }

    private void Comment(string line)
    {
        if (++_comments > _limits.CommentsMax)
            throw _row.Wrong($"there are more than {_limits.CommentsMax} comments, which is the limit");
        _processors ??= SwfFormat.HeaderNumber(line, "MaxProcs");
        _nodes ??= SwfFormat.HeaderNumber(line, "MaxNodes");
    }

    /// <summary>Checks what concerns the job beside others, and shares the names that repeat.</summary>
    private TraceJob Checked(TraceJob job)
    {
        if (!_ids.Add(job.Id))
            throw _row.Wrong($"job_id '{job.Id}' was used before; ids are unique");
        _firstSubmit ??= job.Submit;
        if ((job.Submit - _firstSubmit.Value).Duration() > _limits.SpanMax)
            throw _row.Wrong($"the job arrives more than {_limits.SpanMax.TotalDays:0} days before or after the first "
                + "one, which is the limit");
        if (!_clusters.TryGetValue(job.Cluster, out var cluster))
        {
            if (_clusters.Count == _limits.ClustersMax)
                throw _row.Wrong($"there are more than {_limits.ClustersMax} virtual clusters, which is the limit");
            _clusters[cluster = job.Cluster] = cluster;
        }

        var owner = job.Owner with { Cluster = cluster };
        if (!_owners.TryGetValue(owner, out var known))
        {
            if (_owners.Count == _limits.OwnersMax)
                throw _row.Wrong($"there are more than {_limits.OwnersMax} users, which is the limit");
            _owners[owner] = known = owner;
        }

        return job with { Cluster = known.Cluster, User = known.User };
    }
}
