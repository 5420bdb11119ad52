using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Funding;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>Applies manifests: checks all of them, then applies each in order.</summary>
internal sealed class Applier(IFleet fleet, RunLimits limits, TimeProvider time)
{
    private const int ReadsAtOnce = 64;

    private readonly FullQueues fullQueues = new(time);
    private readonly OpenRuns openRuns = new(fleet, limits, time);

    /// <param name="given">The documents.</param>
    /// <param name="command">The command that applies them.</param>
    public async ValueTask<Result<IReadOnlyList<Applied>>> Apply(IReadOnlyList<Manifest> given, ApplyCommand command)
    {
        var flavors = await fleet.Directory().Flavors();
        command.Timer?.Begin(flavors);
        if (!Read(given).Succeeded(out var read, out var fault))
            return fault;
        var manifests = GeneratedNames.Resolve(read, command);
        var budgets = manifests.Any(manifest => manifest is RunManifest { Spec.Owner: null } or BudgetManifest)
            ? await fleet.Directory().Budgets() : [];
        var context = new ApplyContext(flavors, budgets, manifests);
        if (await Check(manifests, context, command) is { } problem)
            return problem;
        var applied = new List<Applied>(manifests.Count);
        for (var i = 0; i < manifests.Count;)
        {
            var began = command.Timer?.BeginStep() ?? 0;
            var step = manifests[i] switch
            {
                NodeManifest => await ApplyNodes([.. manifests.Skip(i).TakeWhile(manifest => manifest is NodeManifest)
                    .Cast<NodeManifest>().Select(manifest => manifest.Node)], command.By),
                BudgetManifest => await ApplyBudgets(
                    [.. manifests.Skip(i).TakeWhile(manifest => manifest is BudgetManifest).Cast<BudgetManifest>()
                    .Select(manifest => manifest.Budget)], command),
                RunManifest run => await ApplyRun(run, Submission(run, context, command, i, manifests.Count)),
                _ => throw new InvalidOperationException("A kind that cannot be applied passed the check."),
            };
            if (!step.Succeeded(out var lines, out problem))
                return applied.Count == 0 ? problem : problem with
                {
                    Detail = (applied.Count == 1 ? "The first" : $"The first {applied.Count}")
                        + $" of {manifests.Count} documents {(applied.Count == 1 ? "was" : "were")} applied, then: "
                        + problem.Detail,
                };
            applied.AddRange(lines);
            command.Timer?.EndStep(lines, began);
            i += lines.Count;
        }
        return Results.Of<IReadOnlyList<Applied>>(applied);
    }

    /// <summary>What applying documents would be refused for, as far as that can be seen; null if nothing. Changes
    /// nothing.</summary>
    /// <param name="manifests">The documents, with the names that runs get.</param>
    /// <param name="command">The command that would apply them.</param>
    public async ValueTask<Problem?> FindProblem(IReadOnlyList<Manifest> manifests, ApplyCommand command)
    {
        if (!Read(manifests).Succeeded(out _, out var fault))
            return fault;
        var context = new ApplyContext(
            await fleet.Directory().Flavors(), await fleet.Directory().Budgets(), manifests);
        return await CheckDocuments(manifests, context) ?? await FindConflict(manifests, context, command)
            ?? await openRuns.Accept(manifests, context.OwnerOf, command);
    }

    /// <summary>The owner of a run that could be submitted.</summary>
    public async ValueTask<Result<string>> Resolve(RunManifest run)
    {
        if (!Read([run]).Succeeded(out _, out var fault))
            return fault;
        var context = new ApplyContext(await fleet.Directory().Flavors(), await fleet.Directory().Budgets(), []);
        return context.RunError(run) is { } error ? new Problem(ProblemCode.Invalid, error) : context.OwnerOf(run);
    }

    /// <summary>Holds every document to the rules of documents that come as text, whoever made it.</summary>
    private static Result<IReadOnlyList<Manifest>> Read(IReadOnlyList<Manifest> given)
    {
        var (read, errors) = (new List<Manifest>(given.Count), new List<string>());
        var names = new HashSet<(Type Kind, string Name)>();
        foreach (var manifest in given)
        {
            // The others are refused in any case.
            var result = manifest is NodeManifest or BudgetManifest or RunManifest ? ManifestReader.Read(manifest)
                : new ManifestReadResult { Manifests = [manifest] };
            read.AddRange(result.Manifests);
            errors.AddRange(result.Errors.Select(error => error.Sentence()));
            if (manifest.Identity is { } name && !names.Add((manifest.GetType(), name)))
                errors.Add($"{name} is given by two documents of one kind; keep one.");
        }
        return errors.Count > 0 ? new Problem(ProblemCode.Invalid, errors[0], errors.Distinct().ToArray())
            : Results.Of<IReadOnlyList<Manifest>>(read);
    }

    /// <remarks>A single document needs no search for conflicts, because applying it finds the conflict.</remarks>
    private async ValueTask<Problem?> Check(
        IReadOnlyList<Manifest> manifests, ApplyContext context, ApplyCommand command) =>
        await CheckDocuments(manifests, context)
        ?? (manifests.Count == 1 ? null : await FindConflict(manifests, context, command))
        ?? await openRuns.Accept(manifests, context.OwnerOf, command);

    private async ValueTask<Problem?> CheckDocuments(IReadOnlyList<Manifest> manifests, ApplyContext context)
    {
        var errors = new List<string>();
        foreach (var manifest in manifests)
        {
            if (manifest is LeaseManifest or ReservationManifest or FlavorManifest)
                errors.Add("Leases, reservations and flavors are facts that a flavor writes; "
                    + "apply Node, Budget and Run documents.");
            if (manifest is RunManifest run && context.RunError(run) is { } error)
                errors.Add(error);
            if (manifest is NodeManifest { Node: var node } && await fleet.Directory().FlavorOf(node.Name) is { } flavor
                && flavor != node.Flavor)
                return new Problem(ProblemCode.Conflict,
                    $"Node {node.Name} is of flavor {flavor}; delete it before it comes back as {node.Flavor}.");
        }
        if (context.Cycle() is { } cycle)
            errors.Add($"The parents of the budgets form a cycle: {string.Join(" -> ", cycle)}.");
        return errors.Count > 0 ? new Problem(ProblemCode.Invalid, errors[0], errors.Distinct().ToArray()) : null;
    }

    /// <summary>
    /// Checks for runs that exist with another spec and for nodes that must not change, before the first document is
    /// applied.
    /// </summary>
    private async ValueTask<Problem?> FindConflict(
        IReadOnlyList<Manifest> manifests, ApplyContext context, ApplyCommand command)
    {
        foreach (var nodes in manifests.OfType<NodeManifest>().Select(manifest => manifest.Node)
            .GroupBy(node => node.Flavor))
        {
            if (await fleet.Flavor(nodes.Key).FindNodeConflict([.. nodes]) is { } conflict)
                return conflict;
        }
        foreach (var some in manifests.Index().Where(entry => entry.Item is RunManifest).Chunk(ReadsAtOnce))
        {
            var conflicts = await Task.WhenAll(some.Select(async entry =>
            {
                var run = (RunManifest)entry.Item;
                var present = await fleet.Run(run.Key).Get();
                return present is null ? null : RunActor.ConflictOf(
                    present, Submission(run, context, command, entry.Index, manifests.Count));
            }));
            if (conflicts.FirstOrDefault(conflict => conflict is not null) is { } conflict)
                return conflict;
        }
        return null;
    }

    private async ValueTask<Result<IReadOnlyList<Applied>>> ApplyNodes(IReadOnlyList<Node> nodes, string? by)
    {
        var registered = await fleet.Directory().RegisterNodes(nodes);
        if (!registered.Succeeded(out var outcomes, out var problem))
            return problem;
        var changed = new HashSet<string>();
        var keepingState = new Dictionary<string, Node>();
        foreach (var flavor in nodes.GroupBy(node => node.Flavor))
        {
            var put = await fleet.Flavor(flavor.Key).PutNodes([.. flavor], by);
            if (!put.Succeeded(out var here, out problem))
                return problem;
            changed.UnionWith(here.Changed);
            foreach (var node in here.KeepingState)
                keepingState[node.Name] = node;
        }
        return Results.Of<IReadOnlyList<Applied>>([.. nodes.Select((node, i) => new Applied("Node", node.Name,
            outcomes.AreNew[i] ? "created" : changed.Contains(node.Name) ? "changed" : "unchanged",
            keepingState.TryGetValue(node.Name, out var kept) ? StateKept(kept) : null))]);
    }

    private static string StateKept(Node node)
    {
        var set = node.StateSet is { } change
            ? $", set by {change.By} at {change.Since.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}" : "";
        var reason = node.StateSet?.Reason is { } why ? $" ({why})" : "";
        return $"it stays {node.State}{set}{reason}; a manifest does not change a node's state";
    }

    private async ValueTask<Result<IReadOnlyList<Applied>>> ApplyBudgets(
        IReadOnlyList<Budget> budgets, ApplyCommand command)
    {
        var put = command.IsBounded
            ? await fleet.Directory().PutBudgetsWithin(budgets, command.By, time.GetUtcNow())
            : await fleet.Directory().PutBudgets(budgets, command.By);
        return put.Succeeded(out var outcomes, out var problem)
            ? Results.Of<IReadOnlyList<Applied>>(
                [.. budgets.Select((budget, i) => new Applied("Budget", budget.Key, outcomes.Outcomes[i]))])
            : problem;
    }

    private static Submission Submission(
        RunManifest run, ApplyContext context, ApplyCommand command, int index, int count) => new(
        run.Spec, context.OwnerOf(run), run.Labels, command.OperationOf(index, count), command.TraceParent,
        command.Again, command.By);

    private async ValueTask<Result<IReadOnlyList<Applied>>> ApplyRun(RunManifest manifest, Submission submission)
    {
        var (actor, flavor) = (fleet.Run(manifest.Key), manifest.Spec.Resources.GpuType);
        if (fullQueues.MayBeFull(flavor) && await actor.Get() is null
            && !(await fleet.Flavor(flavor).CanAdmit()).Succeeded(out _, out var refusal))
            return refusal;
        if (!(await actor.Submit(submission)).Succeeded(out var run, out var problem))
        {
            if (problem.Code == ProblemCode.LimitReached)
                fullQueues.Refused(flavor);
            return problem;
        }
        return Results.Of<IReadOnlyList<Applied>>([Outcome(run, submission.Operation)]);
    }

    /// <summary>
    /// The outcome of a submission, from the run's record. A repeated command gets the same outcome, as far as the
    /// record still shows it.
    /// </summary>
    private static Applied Outcome(RunRecord run, string operation)
    {
        var key = run.Key.ToString();
        if (run.SubmitOperation == operation)
            return new Applied("Run", key, run.SubmissionOutcome,
                run.SubmissionOutcome == "error" ? run.Message : null);
        if (run.EarlierOperations?.FirstOrDefault(earlier => earlier.Id == operation) is { } earlier)
            return new Applied("Run", key, earlier.Did);
        return new Applied("Run", key, "unchanged", run.IsOver ? $"it has ended ({run.Phase}); "
            + "'runs submit --again', or metadata.generateName, makes it run again" : null);
    }

    /// <summary>The lookups shared by the checks of one request.</summary>
    private sealed class ApplyContext
    {
        private readonly IReadOnlyList<string> knownFlavors;
        private readonly HashSet<string> newFlavors = [];
        private readonly Dictionary<string, Budget> budgets;
        private readonly bool changesBudgets;

        public ApplyContext(IReadOnlyList<string> knownFlavors, IReadOnlyList<Budget> knownBudgets,
            IReadOnlyList<Manifest> manifests)
        {
            this.knownFlavors = knownFlavors;
            budgets = knownBudgets.ToDictionary(budget => budget.Key);
            foreach (var manifest in manifests)
            {
                if (manifest is NodeManifest node)
                    newFlavors.Add(node.Node.Flavor);
                if (manifest is not BudgetManifest { Budget: var budget })
                    continue;
                changesBudgets = true;
                budgets[budget.Key] = budget;
                newFlavors.UnionWith(budget.Envelopes.Select(envelope => envelope.Flavor));
            }
        }

        public IReadOnlyList<string>? Cycle() => changesBudgets ? new Kinship(budgets.Values).FindCycle() : null;

        public string OwnerOf(RunManifest run) =>
            run.Spec.Owner ?? DefaultOwner.Of(run.Key.Namespace, budgets.Values);

        public string? RunError(RunManifest run)
        {
            if (!knownFlavors.Contains(run.Spec.Resources.GpuType) && !newFlavors.Contains(run.Spec.Resources.GpuType))
                return $"Run {run.Key}: spec.resources.gpuType is {run.Spec.Resources.GpuType}, "
                    + $"of which there is neither a node nor an envelope; known are: {Known()}.";
            return null;
        }

        private string Known() => knownFlavors.Union(newFlavors).Order(StringComparer.Ordinal).Take(20)
            .ToArray() is { Length: > 0 } known ? string.Join(", ", known) : "none yet";
    }
}
