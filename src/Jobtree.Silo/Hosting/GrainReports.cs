using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;

namespace Jobtree.Silo.Hosting;

/// <summary>Passes the ends that an executor of this process reports to the runs, wherever their grains are.</summary>
internal sealed class GrainReports(IFleet fleet) : IExecutionReports
{
    public async ValueTask Exited(RunKey run, int attempt, bool succeeded, string? message) =>
        await fleet.Run(run).Complete(CompletionReport.OfExit(run, attempt, succeeded, message));
}
