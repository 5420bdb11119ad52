using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;
using Orleans.Services;

namespace Jobtree.Grains.Reporting;

/// <summary>What was reported about the runs of one silo; each silo has one.</summary>
[Alias("jobtree.reports")]
public interface IReportsService : IGrainService
{
    /// <summary>What was last reported about runs of this silo.</summary>
    /// <param name="query">The runs.</param>
    [Alias("reported")]
    Task<ReportsAnswer> Reported(ReportsQuery query);
}

/// <summary>Runs to look for.</summary>
/// <param name="Runs">The runs.</param>
public sealed record ReportsQuery(IReadOnlyList<RunKey> Runs);

/// <summary>The runs of which something is known.</summary>
/// <param name="Runs">The runs.</param>
public sealed record ReportsAnswer(IReadOnlyList<ReportedRun> Runs);
