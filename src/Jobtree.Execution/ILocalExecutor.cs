using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Execution;

/// <summary>An executor that lives in this host.</summary>
public interface ILocalExecutor : IExecutor, IAsyncDisposable
{
    /// <summary>What it kept of the runs' output, if it keeps any.</summary>
    IRunLogs? Logs { get; }

    /// <summary>
    /// Takes up what an earlier host left behind and begins to report. Called once, when the fleet is ready to hear
    /// reports and before it delivers the first start or stop. (The fleet needs its executor to exist, and the executor
    /// needs the fleet to report to: this is where the two meet.)
    /// </summary>
    /// <param name="reports">Where ends are reported.</param>
    void Begin(IExecutionReports reports);

    /// <summary>
    /// The attempts that it took up from an earlier host and that go on. A host can die between the record that ended a
    /// run and the order to stop it, so the fleet looks through these once and ends what it no longer wants.
    /// </summary>
    ValueTask<IReadOnlyList<(RunKey Run, int Attempt)>> TakenUp() =>
        ValueTask.FromResult<IReadOnlyList<(RunKey Run, int Attempt)>>([]);
}
