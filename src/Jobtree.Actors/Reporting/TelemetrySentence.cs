using System.Globalization;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Reporting;

/// <summary>The last report of a workload as a sentence for people.</summary>
internal static class TelemetrySentence
{
    /// <summary>Writes the sentence; empty if the workload reported nothing that it says.</summary>
    /// <param name="telemetry">The values.</param>
    /// <param name="now">The present instant.</param>
    public static string Of(RunTelemetry telemetry, DateTimeOffset now)
    {
        List<string> parts = [];
        if (telemetry.Epoch is { } epoch)
            parts.Add(Text($"epoch {epoch:0.##}"));
        if (telemetry.Progress is { } progress)
            parts.Add(Text($"{progress * 100:0.#} % done"));
        if (telemetry.Loss is { } loss)
            parts.Add(Text($"loss {loss:G5}"));
        if (parts.Count == 0)
            return "";
        var age = TimeSpan.FromSeconds(Math.Floor((now - telemetry.ReportedAt).TotalSeconds));
        return $"Reported {(age < TimeSpan.FromSeconds(1) ? "now" : $"{Duration.Format(age)} ago")}: "
            + $"{string.Join(", ", parts)}.";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
