using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Local;

/// <summary>A run that has no actor yet: asking for one that was never submitted must not leave anything behind.</summary>
internal sealed class UnknownRun(RunKey key, LocalFleet fleet) : IRun
{
    public ValueTask<Result<RunRecord>> Submit(Submission submission) => fleet.LocalRun(key).Submit(submission);

    public ValueTask<Result<RunRecord>> Complete(CompletionReport report) => NotFound();

    public ValueTask<Result<RunRecord>> Cancel(string operation) => NotFound();

    public ValueTask<Result<RunRecord>> AddSponsor(string sponsor, string operation) => NotFound();

    public ValueTask<RunRecord?> Get() => ValueTask.FromResult<RunRecord?>(null);

    public ValueTask Notify(RunFact fact) => ValueTask.CompletedTask;

    public ValueTask Resume() => ValueTask.CompletedTask;

    private ValueTask<Result<RunRecord>> NotFound() => ValueTask.FromResult<Result<RunRecord>>(new Problem(ProblemCode.NotFound, $"There is no run {key}."));
}
