using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.WhatIf;

/// <summary>
/// Answers what-if questions about a fleet. Each costs CPU and memory, so one is answered at a time, away from the
/// actors' turns, and only a few may wait.
/// </summary>
/// <param name="fleet">The fleet. It is read and never changed.</param>
/// <param name="time">The fleet's clock.</param>
/// <param name="applier">Checks the documents of a question as a command's.</param>
internal sealed class WhatIfDesk(IFleet fleet, TimeProvider time, Applier applier)
{
    private const string Operation = "what-if";
    private const int WaitingMax = 8;

    private readonly Lock gate = new();
    private Task last = Task.CompletedTask;
    private int present;

    public async ValueTask<Result<WhatIfReport>> Answer(WhatIfQuestion question, CancellationToken cancellation)
    {
        if (question.Errors() is { Count: > 0 } errors)
            return new Problem(ProblemCode.Invalid, errors[0], errors);
        if (Interlocked.Increment(ref present) > WaitingMax + 1)
        {
            Interlocked.Decrement(ref present);
            return new Problem(ProblemCode.LimitReached,
                $"{WaitingMax} what-if questions wait for an answer already; ask again later.");
        }
        var (mine, before) = (new TaskCompletionSource(), Task.CompletedTask);
        lock (gate)
            (before, last) = (last, mine.Task);
        try
        {
            await before.WaitAsync(cancellation);
            return await AnswerNow(question, cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref present);
            // A caller that stops waiting lets the next one in only when it would have been let in itself.
            _ = before.ContinueWith(_ => mine.SetResult(), CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async ValueTask<Result<WhatIfReport>> AnswerNow(WhatIfQuestion question, CancellationToken cancellation)
    {
        var command = new ApplyCommand(Operation, null, question.Again);
        var manifests = GeneratedNames.Resolve(question.Manifests, command);
        question = question with { Manifests = manifests };
        if (manifests.Count > 0 && await applier.FindProblem(manifests, command) is { } problem)
            return problem;
        var runs = manifests.OfType<RunManifest>().ToArray();
        var upstream = runs.SelectMany(
            run => (run.Spec.Follow?.After ?? []).Select(name => new RunKey(run.Key.Namespace, name)));
        var taken = await FleetCopy.Take(
            fleet, [.. runs.Select(run => run.Key), .. question.WithoutRuns, .. upstream], time.GetUtcNow());
        if (!taken.Succeeded(out var copy, out problem))
            return problem;
        // Not on this thread: it may be one of an actor's turns.
        return await Task.Run(async () => await Compare(copy, question, cancellation), cancellation);
    }

    private static async ValueTask<Result<WhatIfReport>> Compare(
        FleetCopy copy, WhatIfQuestion question, CancellationToken cancellation)
    {
        var (without, with) = (new FleetFuture(copy), new FleetFuture(copy));
        await without.Begin();
        await with.Begin();
        if (!(await new Changes(copy, with).Make(question)).Succeeded(out var documents, out var problem))
            return problem;
        await with.Play(copy.At + question.Horizon, cancellation);
        await without.Play(with.PlayedTo, cancellation);
        var asked = question.Manifests.OfType<RunManifest>().Select(run => run.Key).Concat(question.WithoutRuns)
            .ToHashSet();
        return new FutureComparison(copy, without, with, asked, question.VisibleOwners).Report(documents);
    }

    /// <summary>The changes of a question, made in a future.</summary>
    private sealed class Changes(FleetCopy copy, FleetFuture future)
    {
        private readonly List<WhatIfDocument> documents = [];

        public async ValueTask<Result<IReadOnlyList<WhatIfDocument>>> Make(WhatIfQuestion question)
        {
            if (question.Manifests.Count > 0 && await Apply(question) is { } problem)
                return problem;
            foreach (var node in question.Nodes)
            {
                var done = await future.Operations.SetNodeState(
                    node.Node, node.State, Operation, null, Operation, node.EmptyBy);
                if (Note(done, null, Message(node)) is { } refused)
                    return refused;
            }
            foreach (var key in question.WithoutBudgets)
            {
                var budget = copy.Budgets.FirstOrDefault(budget => budget.Key == key);
                var diff = budget is null ? null : ManifestDiff.Of(new BudgetManifest(budget), null);
                if (Note(await future.Operations.DeleteBudget(key, Operation), diff) is { } refused)
                    return refused;
            }
            foreach (var run in question.WithoutRuns)
            {
                var cancelled = await future.Operations.CancelRun(run, Operation);
                if (!cancelled.Succeeded(out _, out var refused))
                    return refused;
                documents.Add(new WhatIfDocument("Run", run.ToString(), "cancelled", null, null));
            }
            return Results.Of<IReadOnlyList<WhatIfDocument>>(documents);
        }

        private async ValueTask<Problem?> Apply(WhatIfQuestion question)
        {
            foreach (var run in question.Manifests.OfType<RunManifest>())
                future.HasActor(run.Key);
            var done = await future.Operations.Apply(question.Manifests, Operation, again: question.Again);
            if (!done.Succeeded(out var lines, out var problem))
                return problem;
            foreach (var (manifest, line) in question.Manifests.Zip(lines))
                documents.Add(new WhatIfDocument(line.Kind, line.Name, line.Outcome, line.Message,
                    line.Outcome == "unchanged" ? null : ManifestDiff.Of(Present(manifest), manifest)));
            return null;
        }

        private Manifest? Present(Manifest manifest) => manifest switch
        {
            NodeManifest { Node: var node } => copy.Flavors.SelectMany(flavor => flavor.Copy.State.Nodes)
                .FirstOrDefault(present => present.Name == node.Name) is { } present ? new NodeManifest(present) : null,
            BudgetManifest { Budget: var budget } => copy.Budgets.FirstOrDefault(
                present => present.Key == budget.Key) is { } present ? new BudgetManifest(present) : null,
            RunManifest run => copy.Runs.FirstOrDefault(present => present.Key == run.Key)?.ToManifest(),
            _ => null,
        };

        private static string Message(NodeChange node) => node.EmptyBy is not { } by ? $"it is {node.State}"
            : $"it is {node.State}, to be empty by {by.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}";

        private Problem? Note(Result<Applied> done, IReadOnlyList<string>? diff, string? message = null)
        {
            if (!done.Succeeded(out var line, out var problem))
                return problem;
            documents.Add(new WhatIfDocument(line.Kind, line.Name, line.Outcome, line.Message ?? message, diff));
            return null;
        }
    }
}
