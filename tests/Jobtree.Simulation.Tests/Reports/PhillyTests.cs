using System.Xml.Linq;
using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Reports;

public sealed class PhillyTests
{
    [Fact]
    public void The_whole_trace_runs_through_every_baseline_and_makes_a_page()
    {
        var trace = PhillyTrace.Read();
        Assert.Equal((30_756, 184, 11), (trace.Jobs.Length, trace.CpuOnlyJobs, trace.Clusters.Length));

        var options = new ReplayOptions();
        IReplayScheduler[] schedulers = [new StandInScheduler(), .. BaselineScheduler.All];
        var outcomes = schedulers.Select(scheduler => scheduler.Run(trace, options, Silent.Progress)).ToList();
        foreach (var outcome in outcomes.Skip(1))
            Invariants.Check(trace, options.FleetGpus, outcome);

        var report = ReplayReport.Of(trace, options, outcomes);
        Assert.All(report.Schedulers, figures =>
            Assert.Equal((30_756, 0), (figures.JobsCompleted, figures.JobsRefused)));
        var page = ReportFiles.Write(Path.Combine(AppContext.BaseDirectory, "philly"), trace, report, [.. outcomes]);
        Assert.Equal("html", XDocument.Load(page).Root!.Name.LocalName);
        Assert.True(new FileInfo(page).Length < 2_000_000, "The page stays small enough to send around.");
    }
}
