using Jobtree.Actors.Reporting;

namespace Jobtree.Grains.Reporting;

/// <summary>What was reported about the runs of this silo, for the host's metrics.</summary>
public interface IRunReports
{
    /// <summary>The runs that have series, in no order.</summary>
    IReadOnlyList<ReportedRun> WithSeries();
}
