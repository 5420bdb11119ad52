using Jobtree.Embedded.Hosting;
using Jobtree.Telemetry;

namespace Jobtree.Embedded.Commands;

/// <summary>What the journal counts, read at each scrape.</summary>
internal sealed class JournalGauges(EmbeddedFleet fleet) : IMetricSource
{
    public ValueTask Collect(Scrape scrape, CancellationToken cancellation)
    {
        scrape.Set(Catalogue.JournalAppends, fleet.Statistics.Records, "embedded", "append");
        return ValueTask.CompletedTask;
    }
}
