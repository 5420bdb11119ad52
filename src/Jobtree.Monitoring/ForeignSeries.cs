using Jobtree.Telemetry;

namespace Jobtree.Monitoring;

/// <summary>A series of Orleans, .NET or Prometheus that dashboards and rules may name.</summary>
/// <param name="Name">Its name; of a histogram without suffix.</param>
/// <param name="Type">How its values behave, whatever its name ends with.</param>
/// <param name="Source">Where it is: on the page of every silo, of silos of a cluster, or in Prometheus alone.</param>
internal sealed record ForeignSeries(string Name, MetricType Type, ForeignSource Source)
{
    private const string File = "Jobtree.Monitoring.ForeignSeries.txt";

    /// <summary>All of them, as <c>ForeignSeries.txt</c> lists them.</summary>
    public static IReadOnlyList<ForeignSeries> All { get; } = Read();

    private static List<ForeignSeries> Read()
    {
        using var file = new StreamReader(typeof(ForeignSeries).Assembly.GetManifestResourceStream(File)!);
        return
        [
            .. file.ReadToEnd().Split('\n')
                .Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split(' '))
                .Select(words => new ForeignSeries(
                    words[0], Enum.Parse<MetricType>(words[1], ignoreCase: true),
                    words.Length > 2 ? Enum.Parse<ForeignSource>(words[2], ignoreCase: true) : ForeignSource.Silo)),
        ];
    }
}

/// <summary>Where a foreign series is.</summary>
internal enum ForeignSource
{
    /// <summary>On the page of every silo.</summary>
    Silo,

    /// <summary>On the pages of silos that have others beside them.</summary>
    Cluster,

    /// <summary>In Prometheus alone.</summary>
    Prometheus,
}
