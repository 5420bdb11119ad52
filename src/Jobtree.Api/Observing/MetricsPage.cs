using System.Globalization;
using Jobtree.Telemetry;

namespace Jobtree.Api.Observing;

/// <summary>
/// The answer to <c>/metrics</c>: what was counted, and what the sources say now. Scrapes wait for one another.
/// </summary>
internal sealed class MetricsPage(
    FleetMetrics metrics, IEnumerable<IMetricSource> sources, IEnumerable<IMetricsSection> sections) : IDisposable
{
    private readonly SemaphoreSlim one = new(1, 1);

    public async Task<string> Write(CancellationToken cancellation)
    {
        await one.WaitAsync(cancellation);
        try
        {
            var scrape = new Scrape(metrics.Registry);
            foreach (var source in sources)
                await source.Collect(scrape, cancellation);
            await using var text = new StringWriter(CultureInfo.InvariantCulture);
            PrometheusText.Write(text, metrics.Registry, scrape);
            foreach (var section in sections)
                section.Write(text);
            return text.ToString();
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();
}
