using System.Diagnostics.Metrics;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// Names of a library's instruments as Prometheus takes them, made as OpenTelemetry's exporters make them: unit and
/// <c>_total</c> at the end.
/// </summary>
internal static class SeriesName
{
    public static string Of(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    public static string Of(Instrument instrument, bool isCounter)
    {
        var name = Of(instrument.Name);
        var unit = instrument.Unit switch
        {
            "ms" => "milliseconds",
            "s" or "seconds" => "seconds",
            "By" or "bytes" => "bytes",
            _ => null,
        };
        if (unit is not null && !name.EndsWith($"_{unit}", StringComparison.Ordinal))
            name = $"{name}_{unit}";
        return isCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? $"{name}_total" : name;
    }
}
