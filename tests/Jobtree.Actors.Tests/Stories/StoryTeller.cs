using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Stories;

/// <summary>Carries out the commands of a story and writes what comes of them.</summary>
internal sealed class StoryTeller(IStoryFleet fleet)
{
    private readonly Dictionary<string, int> ledgerSeen = [];
    private int operations;

    /// <summary>The ledgers of all flavors, to compare one telling with another.</summary>
    public IEnumerable<string> Ledgers =>
        fleet.Journals.Records.Where(record => record.Actor.Kind == Ports.ActorKind.Flavor)
        .GroupBy(record => record.Actor).OrderBy(flavor => flavor.Key.Name, StringComparer.Ordinal)
        .SelectMany(flavor => flavor.Select(record => System.Text.Encoding.UTF8.GetString(record.Bytes)));

    public async Task<string> Tell(StoryBlock block)
    {
        var lines = new List<string>();
        foreach (var command in block.Commands)
        {
            lines.AddRange(await Obey(new Words(command)));
            await fleet.Step();
        }
        return string.Concat(lines.Select(line => line + "\n"));
    }

    private FleetViews Views => new(fleet);

    private async Task<IEnumerable<string>> Obey(Words words)
    {
        switch (words.Verb)
        {
            case "at":
                await fleet.AdvanceTo(Words.Instant(words.Subject));
                return [];
            case "nodes":
                return await Apply(ManifestWords.Nodes(words), terse: true);
            case "budget":
                return await Apply([ManifestWords.Budget(words)], terse: true);
            case "submit" or "submit-again":
                return await Apply([ManifestWords.Run(words)], terse: false, again: words.Verb == "submit-again");
            case "cordon" or "uncordon" or "fence" or "drain":
                return await SetState(words);
            case "delete-node":
                return Said(await fleet.Operations.DeleteNode(words.Subject, Operation()));
            case "delete-budget":
                return Said(await fleet.Operations.DeleteBudget(words.Subject, Operation()));
            case "complete":
                return Said(await fleet.Operations.CompleteRun(Key(words), true, null, Operation(), Attempt(words)));
            case "fail":
                return Said(await fleet.Operations.CompleteRun(
                    Key(words), false, "It failed.", Operation(), Attempt(words)));
            case "cancel":
                return Said(await fleet.Operations.CancelRun(Key(words), Operation()));
            case "hold":
                return Said(await fleet.Operations.HoldRun(
                    Key(words), words.Option("because"), new FleetCommand(Operation(), words.Option("by") ?? "ops")));
            case "release":
                return Said(await fleet.Operations.ReleaseRun(
                    Key(words), new FleetCommand(Operation(), words.Option("by") ?? "ops")));
            case "status":
                return await Views.Status(Key(words));
            case "shrink":
                return Said(await fleet.Operations.ShrinkRun(Key(words), words.Number("by")!.Value, Operation()));
            case "sponsor":
                return Said(await fleet.Operations.AddSponsor(Key(words), words.Option("from")!, Operation()));
            case "ledger":
                return fleet.Journals.Records.Select(record => record.Actor).Where(
                    actor => actor.Kind == Ports.ActorKind.Flavor).Distinct()
                    .OrderBy(flavor => flavor.Name, StringComparer.Ordinal).SelectMany(
                        flavor => NewEntries(flavor.Name)).ToArray();
            case "plan":
                return await Views.Plan(ManifestWords.Run(words));
            case "explain":
                return await Views.Explain(Key(words));
            default:
                return await Views.Of(words.Verb);
        }
    }

    private IEnumerable<string> NewEntries(string flavor)
    {
        var entries = fleet.Journals.Ledger(flavor).Skip(ledgerSeen.GetValueOrDefault(flavor)).ToArray();
        ledgerSeen[flavor] = ledgerSeen.GetValueOrDefault(flavor) + entries.Length;
        return entries.SelectMany(LedgerText.Of);
    }

    private async Task<IEnumerable<string>> Apply(IReadOnlyList<Manifest> manifests, bool terse, bool again = false)
    {
        var applied = await fleet.Operations.Apply(manifests, Operation(), again: again);
        if (!applied.Succeeded(out var outcomes, out var problem))
            return [Problem(problem)];
        return terse ? [] : outcomes.Select(outcome => outcome.Message is null ? $"{outcome.Name}: {outcome.Outcome}"
            : $"{outcome.Name}: {outcome.Outcome}; {outcome.Message}");
    }

    private async Task<IEnumerable<string>> SetState(Words words)
    {
        var state = words.Verb switch
        {
            "cordon" => NodeState.Cordoned,
            "fence" => NodeState.Fenced,
            "drain" => NodeState.Draining,
            _ => NodeState.Ready,
        };
        return Said(await fleet.Operations.SetNodeState(
            words.Subject, state, "ops", words.Option("because"), Operation(),
            words.Option("by") is { } by ? Words.Instant(by) : null));
    }

    private string Operation() => $"op-{++operations}";

    private static int? Attempt(Words words) => words.Option("attempt") is { } number
        ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : null;

    private static RunKey Key(Words words)
    {
        Assert.True(RunKey.TryParse(words.Subject, out var key));
        return key;
    }

    /// <summary>Nothing, unless it was refused: what came of it is in the ledger.</summary>
    private static IEnumerable<string> Said<T>(Result<T> result) =>
        result.Succeeded(out _, out var problem) ? [] : [Problem(problem)];

    private static string Problem(Problem problem) => $"refused ({problem.Code}): {problem.Detail}";
}
