using Jobtree.Grains.Journals;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Metrics;

/// <summary>Whether the place of the journals is away.</summary>
internal sealed class SiloBreakers(IActorJournals journals, string dependency) : IMetricSource
{
    public ValueTask Collect(Scrape scrape, CancellationToken cancellation)
    {
        scrape.Set(Catalogue.BreakerOpen, journals.AwayBecause is null ? 0 : 1, dependency);
        return ValueTask.CompletedTask;
    }
}
