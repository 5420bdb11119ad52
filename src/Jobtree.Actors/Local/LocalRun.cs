using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Local;

/// <summary>A run in this process: its actor behind a lane.</summary>
internal sealed class LocalRun(RunActor actor) : IRun
{
    private readonly Lane lane = new();

    public RunActor Actor => actor;

    public ValueTask<Result<RunRecord>> Submit(Submission submission) => Turn(submission, static (run, submission) => run.Submit(submission));

    public ValueTask<Result<RunRecord>> Complete(CompletionReport report) => Turn(report, static (run, report) => run.Complete(report));

    public ValueTask<Result<RunRecord>> Cancel(string operation) => Turn(operation, static (run, operation) => run.Cancel(operation));

    public ValueTask<Result<RunRecord>> AddSponsor(string sponsor, string operation) =>
        Turn((sponsor, operation), static (run, message) => run.AddSponsor(message.sponsor, message.operation));

    // A record is immutable and swapped as a whole: reading it needs no turn.
    public ValueTask<RunRecord?> Get() => actor.Get();

    public async ValueTask Notify(RunFact fact)
    {
        await lane.Enter();
        try
        {
            await actor.Notify(fact);
        }
        finally
        {
            lane.Leave();
        }
    }

    public async ValueTask Resume()
    {
        await lane.Enter();
        try
        {
            await actor.Resume();
        }
        finally
        {
            lane.Leave();
        }
    }

    public ValueTask<(long Sequence, byte[] State)> Snapshot() => Turn(true, static (run, _) => ValueTask.FromResult(run.Snapshot()));

    private async ValueTask<TAnswer> Turn<TMessage, TAnswer>(TMessage message, Func<RunActor, TMessage, ValueTask<TAnswer>> turn)
    {
        await lane.Enter();
        try
        {
            return await turn(actor, message);
        }
        finally
        {
            lane.Leave();
        }
    }
}
