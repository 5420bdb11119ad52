using Jobtree.Actors.Reporting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Jobtree.Grains.Reporting;

/// <summary>Answers other silos from the reports that this silo keeps.</summary>
[Reentrant]
internal sealed class ReportsService(GrainId id, Silo silo, ILoggerFactory loggers, ReportedRuns reported)
    : GrainService(id, silo, loggers), IReportsService
{
    public Task<ReportsAnswer> Reported(ReportsQuery query) =>
        Task.FromResult(new ReportsAnswer(reported.Of(query.Runs)));
}
