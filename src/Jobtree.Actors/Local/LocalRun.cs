using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Local;

/// <summary>A run in this process: its name, by which its actor is woken for each turn.</summary>
internal sealed class LocalRun(RunKey key, LocalRuns runs) : IRun
{
    public ValueTask<Result<RunRecord>> Submit(Submission submission) => Turn(runs.Share(key), runs.Share(submission), static (run, submission) => run.Submit(submission));

    public ValueTask<Result<RunRecord>> Complete(CompletionReport report) => Turn(key, report, static (run, report) => run.Complete(report));

    public ValueTask<Result<RunRecord>> Cancel(string operation) => Turn(key, operation, static (run, operation) => run.Cancel(operation));

    public ValueTask<Result<RunRecord>> AddSponsor(string sponsor, string operation) =>
        Turn(key, (sponsor, operation), static (run, message) => run.AddSponsor(message.sponsor, message.operation));

    // A record is immutable and swapped as a whole: reading it needs no turn.
    public ValueTask<RunRecord?> Get() => ValueTask.FromResult(runs.Find(key));

    // After a restart most facts are told again: a run that has seen one need not be woken for it.
    public ValueTask Notify(RunFact fact) => RunActor.Ignores(runs.Find(key), fact) ? ValueTask.CompletedTask : Tell(fact);

    public async ValueTask Resume()
    {
        var lane = runs.LaneOf(key);
        await lane.Enter();
        try
        {
            await runs.Wake(key).Resume();
        }
        finally
        {
            lane.Leave();
        }
    }

    private async ValueTask Tell(RunFact fact)
    {
        var lane = runs.LaneOf(key);
        await lane.Enter();
        try
        {
            await runs.Wake(key).Notify(fact);
        }
        finally
        {
            lane.Leave();
        }
    }

    private async ValueTask<Result<RunRecord>> Turn<TMessage>(RunKey run, TMessage message, Func<RunActor, TMessage, ValueTask<Result<RunRecord>>> turn)
    {
        var lane = runs.LaneOf(run);
        await lane.Enter();
        try
        {
            return await turn(runs.Wake(run), message);
        }
        finally
        {
            lane.Leave();
        }
    }
}
