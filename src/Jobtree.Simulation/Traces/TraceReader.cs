using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Jobtree.Simulation.Traces;

/// <summary>
/// Reads the format of the Philly trace: comma-separated values with a header, times in minutes, plain or gzip
/// (detected by the first bytes). It reads row by row and keeps only GPU jobs.
/// </summary>
internal sealed class TraceReader
{
    private readonly string _name;
    private readonly TraceLimits _limits;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _clusters = new(StringComparer.Ordinal);
    private readonly List<string> _fields = [];
    private int _cpuOnly;
    private int _line;

    private TraceReader(string name, TraceLimits limits)
    {
        _name = name;
        _limits = limits;
    }

    /// <summary>Reads a trace file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">The limits; null: the defaults.</param>
    /// <exception cref="TraceFormatException">The file is not a valid trace; the message names the line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static JobTrace Read(string path, TraceLimits? limits = null)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024);
        return Read(file, Printable(Path.GetFileName(path)), limits);
    }

    /// <summary>Reads a trace from a seekable stream.</summary>
    /// <param name="stream">The bytes, plain or gzip.</param>
    /// <param name="name">The name for messages and reports.</param>
    /// <param name="limits">The limits; null: the defaults.</param>
    /// <exception cref="TraceFormatException">The stream is not a valid trace; the message names the line.</exception>
    public static JobTrace Read(Stream stream, string name, TraceLimits? limits = null)
    {
        var reader = new TraceReader(name, limits ?? new TraceLimits());
        try
        {
            using var content = IsGzip(stream)
                ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true)
                : stream;
            using var text = new StreamReader(content, Encoding.UTF8);
            var jobs = reader.Rows(text).ToList();
            return jobs.Count == 0
                ? throw new TraceFormatException(name, 0, "there is no GPU job in it")
                : new JobTrace(name, jobs, reader._cpuOnly);
        }
        catch (InvalidDataException damaged)
        {
            throw new TraceFormatException(name, reader._line, "the gzip data is damaged from here on", damaged);
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

    private IEnumerable<TraceJob> Rows(TextReader text)
    {
        var lines = new BoundedLines(text, _limits.LineLengthMax);
        if (!Next(lines))
            throw Wrong("the file is empty; a header with the columns is needed");
        var columns = TraceColumns.Find(_fields, out var problem) ?? throw Wrong(problem!);
        for (var rows = 0; Next(lines);)
        {
            if (_fields.Count == 1 && _fields[0].Length == 0)
                continue;
            if (++rows > _limits.RowsMax)
                throw Wrong($"there are more than {_limits.RowsMax} rows, which is the limit");
            if (_fields.Count != columns.Count)
                throw Wrong($"the row has {_fields.Count} fields; the header has {columns.Count}");
            if (Job(columns) is { } job)
                yield return job;
        }
    }

    private bool Next(BoundedLines lines)
    {
        _line++;
        if (!lines.TryRead(out var line, out var tooLong))
            return false;
        if (tooLong)
            throw Wrong($"the line is longer than {_limits.LineLengthMax} characters, which is the limit");
        return CsvFields.Split(line, _fields) is { } problem ? throw Wrong(problem) : true;
    }

    private TraceJob? Job(TraceColumns columns)
    {
        var id = Name(columns.Id, "job_id");
        if (!_ids.Add(id))
            throw Wrong($"job_id '{id}' was used before; ids are unique");
        var cluster = Name(columns.Cluster, "user");
        var gpus = Gpus(columns.Gpus);
        var submit = Minutes(columns.Submit, "submit_time");
        var duration = Minutes(columns.Duration, "duration");
        var bestEffort = Flag(columns.BestEffort, "best_effort");
        if (gpus == 0)
        {
            _cpuOnly++;
            return null;
        }

        if (duration <= TimeSpan.Zero)
            throw Wrong($"duration is '{_fields[columns.Duration]}'; it must be more than 0 minutes");
        return new TraceJob(id, Known(cluster), gpus, submit, duration, bestEffort);
    }

    private string Name(int column, string field)
    {
        var text = _fields[column];
        if (text.Length == 0 || text.Length > _limits.NameLengthMax)
            throw Wrong($"{field} has {text.Length} characters; 1 to {_limits.NameLengthMax} are allowed");
        return text.Any(Unprintable) ? throw Wrong($"{field} holds a control character") : text;
    }

    private string Known(string cluster)
    {
        if (_clusters.TryGetValue(cluster, out var known))
            return known;
        if (_clusters.Count == _limits.ClustersMax)
            throw Wrong(
                $"there are more than {_limits.ClustersMax} virtual clusters (column user), which is the limit");
        return _clusters[cluster] = cluster;
    }

    private int Gpus(int column) =>
        int.TryParse(_fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out var gpus)
            && gpus <= _limits.GpusMax
            ? gpus
            : throw Wrong($"num_gpu is '{Shown(column)}'; a whole number from 0 to {_limits.GpusMax} is allowed");

    private TimeSpan Minutes(int column, string field) =>
        double.TryParse(_fields[column], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes)
        && minutes <= _limits.SpanMax.TotalMinutes
            ? TimeSpan.FromTicks((long)Math.Round(minutes * TimeSpan.TicksPerMinute))
            : throw Wrong(
                $"{field} is '{Shown(column)}'; minutes from 0 to {_limits.SpanMax.TotalMinutes:0} are allowed");

    private bool Flag(int column, string field) => _fields[column] switch
    {
        "0" => false,
        "1" => true,
        _ => throw Wrong($"{field} is '{Shown(column)}'; 0 or 1 is allowed"),
    };

    private string Shown(int column)
    {
        var text = _fields[column];
        return Printable(text.Length > 40 ? text[..40] + "…" : text);
    }

    private static string Printable(string text) => string.Concat(text.Select(c => Unprintable(c) ? '?' : c));

    /// <summary>
    /// Control characters could drive a terminal. Control characters and non-characters are not allowed in the report's
    /// page.
    /// </summary>
    private static bool Unprintable(char c) => char.IsControl(c) || c is '\uFFFE' or '\uFFFF';

    private TraceFormatException Wrong(string message) => new(_name, _line, message);
}

/// <summary>A trace file is not valid. The message names the file, the line, the error and what is allowed.</summary>
internal sealed class TraceFormatException : Exception
{
    /// <summary>An error in a file, with its line if known.</summary>
    public TraceFormatException(string file, int line, string message, Exception? inner = null)
        : base(line > 0 ? $"{file}, line {line}: {message}" : $"{file}: {message}", inner)
    {
    }
}
