using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Jobtree.Actors.Reporting;

namespace Jobtree.Execution.Processes.Reporting;

/// <summary>
/// The line by which a workload reports on its standard output:
/// <c>jobtree: epoch=3 loss=0.41 progress=0.2 eta=10m gpu_util=0.93 gpu_mem=1.2e9</c>. A line with anything else in it
/// is malformed as a whole, so that a misspelt name does not go unnoticed.
/// </summary>
internal static class TelemetryLine
{
    /// <summary>The most bytes of a line, without its end.</summary>
    public const int BytesMax = 4096;

    private const NumberStyles Numbers =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private static ReadOnlySpan<byte> Prefix => "jobtree: "u8;

    /// <summary>Whether a line, or the beginning of one, is addressed to Jobtree.</summary>
    /// <param name="line">The line.</param>
    public static bool IsOne(ReadOnlySpan<byte> line) => line.StartsWith(Prefix);

    /// <summary>Reads a line that is addressed to Jobtree.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="now">The present instant.</param>
    /// <param name="report">The values, if the line is well formed.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> line, DateTimeOffset now, [NotNullWhen(true)] out WorkloadReport? report)
    {
        report = null;
        line = line.TrimEnd((byte)'\r');
        if (line.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            return false;
        var read = new WorkloadReport();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var words = Encoding.ASCII.GetString(line[Prefix.Length..]).Split(
            ' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in words)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !seen.Add(word[..equals])
                || With(read, word[..equals], word[(equals + 1)..], now) is not { } next)
                return false;
            read = next;
        }
        if (read.Errors(now).Count > 0)
            return false;
        report = read;
        return true;
    }

    private static WorkloadReport? With(WorkloadReport report, string name, string value, DateTimeOffset now)
    {
        if (name == "eta")
            return ReportedEta.TryParse(value, now, out var eta) ? report with { Eta = eta } : null;
        if (!double.TryParse(value, Numbers, CultureInfo.InvariantCulture, out var number))
            return null;
        return name switch
        {
            "epoch" => report with { Epoch = number },
            "loss" => report with { Loss = number },
            "progress" => report with { Progress = number },
            "gpu_util" => report with { GpuUtilization = number },
            "gpu_mem" => report with { GpuMemoryBytes = number },
            _ => null,
        };
    }
}
