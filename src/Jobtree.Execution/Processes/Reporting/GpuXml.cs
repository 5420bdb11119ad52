using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Jobtree.Execution.Processes.Reporting;

/// <summary>
/// Reads what <c>nvidia-smi -q -x</c> prints. Only two elements of each GPU are used, both old and stable; whatever
/// else the driver's version adds is passed over, and a value of another form, such as <c>N/A</c> of a GPU in parts,
/// is absent.
/// </summary>
internal static class GpuXml
{
    /// <summary>The most characters of a document; one of eight GPUs has about 100,000.</summary>
    public const int LengthMax = 4 << 20;

    private static readonly Dictionary<string, double> Units = new(StringComparer.Ordinal)
    {
        ["B"] = 1, ["KiB"] = 1 << 10, ["MiB"] = 1 << 20, ["GiB"] = 1 << 30,
    };

    /// <summary>Reads a document.</summary>
    /// <param name="xml">The document.</param>
    /// <returns>The GPUs in the order of their ordinals; null: the text is not such a document.</returns>
    public static IReadOnlyList<GpuReading>? TryRead(TextReader xml)
    {
        // The document names a DTD, which is not read.
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Ignore,
            XmlResolver = null,
            MaxCharactersInDocument = LengthMax,
        };
        try
        {
            using var reader = XmlReader.Create(xml, settings);
            return XDocument.Load(reader).Root is { Name.LocalName: "nvidia_smi_log" } log
                ? [.. log.Elements("gpu").Select(Read)]
                : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static GpuReading Read(XElement gpu) => new(
        Percent(gpu.Element("utilization")?.Element("gpu_util")?.Value),
        Bytes(gpu.Element("fb_memory_usage")?.Element("used")?.Value));

    private static double? Percent(string? text) =>
        Words(text) is [var number, "%"] && Number(number) is { } percent && percent <= 100 ? percent / 100 : null;

    private static double? Bytes(string? text) =>
        Words(text) is [var number, var unit] && Units.TryGetValue(unit, out var factor) && Number(number) is { } amount
            ? amount * factor : null;

    private static string[] Words(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? number : null;
}
