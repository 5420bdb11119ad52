using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Local;

/// <summary>A run in this process: its name, by which its actor is woken for each turn.</summary>
internal sealed class LocalRun(RunKey key, LocalRuns runs) : IRun
{
    public ValueTask<Result<RunRecord>> Submit(Submission submission) =>
        Turn(runs.Share(key), runs.Share(submission), static (run, submission) => run.Submit(submission));

    public ValueTask<Result<RunRecord>> Complete(CompletionReport report) =>
        Turn(key, report, static (run, report) => run.Complete(report));

    public ValueTask<Result<RunRecord>> Cancel(string operation) =>
        Turn(key, operation, static (run, operation) => run.Cancel(operation));

    public ValueTask<Result<RunRecord>> AddSponsor(string sponsor, string operation) =>
        Turn(key, (sponsor, operation), static (run, message) => run.AddSponsor(message.sponsor, message.operation));

    // A record is immutable and swapped as a whole: reading it needs no turn.
    public ValueTask<RunRecord?> Get() => ValueTask.FromResult(runs.Find(key));

    // After a restart most facts are told again: a run that has seen one need not be woken for it.
    public ValueTask Notify(RunFact fact) =>
        RunActor.Ignores(runs.Find(key), fact) ? ValueTask.CompletedTask : Tell(fact);

    public ValueTask Resume() => runs.LaneOf(key).Turn((runs, key), static run => run.runs.Wake(run.key).Resume());

    private ValueTask Tell(RunFact fact) =>
        runs.LaneOf(key).Turn((runs, key, fact), static run => run.runs.Wake(run.key).Notify(run.fact));

    private ValueTask<Result<RunRecord>> Turn<TMessage>(
        RunKey run, TMessage message, Func<RunActor, TMessage, ValueTask<Result<RunRecord>>> turn) =>
        runs.LaneOf(run).Turn((runs, run, message, turn), static call =>
            call.turn(call.runs.Wake(call.run), call.message));
}
