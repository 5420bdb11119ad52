using System.CommandLine;
using System.Globalization;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Cli.Commands;

/// <summary>The options that ask what changes would do.</summary>
internal sealed class WhatIfOptions
{
    private const string When = "an instant such as 2026-03-02T14:00:00Z, or a time from now such as 2h";

    private readonly Option<string[]> withoutNodes = Changes("--without-node", "node", "A node that is gone.");
    private readonly Option<string[]> cordoned = Changes("--cordon", "node", "A node that takes nothing new.");
    private readonly Option<string[]> drained = Changes(
        "--drain", "node=when", $"A node that must be empty by then: {When}.");
    private readonly Option<string[]> withoutBudgets = Changes("--without-budget", "budget", "A budget that is gone.");
    private readonly Option<string[]> withoutRuns = Changes("--without-run", "run", "A run that is cancelled.");
    private readonly Option<string?> until = new("--until")
    {
        Description = $"How far to look ahead: {When}; default 24h.", HelpName = "when",
    };

    /// <summary>Files of manifests to apply; given alone, no file.</summary>
    public Option<string[]> Files { get; } = new("--what-if")
    {
        Description = "Show what applying these files, and the changes below, would do to everybody.",
        HelpName = "file",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.ZeroOrMore,
    };

    private IEnumerable<Option> All =>
        [Files, withoutNodes, cordoned, drained, withoutBudgets, withoutRuns, until];

    /// <summary>Adds the options to a command, with checks of what is given.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Add(option);
        Check(withoutNodes, Names.IsName, "is not the name of a node");
        Check(cordoned, Names.IsName, "is not the name of a node");
        Check(drained, text => Drain(text, DateTimeOffset.UnixEpoch) is not null, $"is not NODE=WHEN, with {When}");
        Check(withoutBudgets, Names.IsRun, "is not a budget; write namespace/name");
        Check(withoutRuns, Names.IsRun, "is not a run; write namespace/name");
        until.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && At(text, DateTimeOffset.UnixEpoch) is null)
                result.AddError($"--until takes {When}.");
        });
    }

    /// <summary>Whether any of the options is given.</summary>
    public bool IsAsked(System.CommandLine.Parsing.SymbolResult parsed) =>
        All.Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>Whether any of the options is given.</summary>
    public bool IsAsked(ParseResult parsed) => All.Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>The question that a command line asks.</summary>
    /// <param name="context">The command.</param>
    /// <param name="manifests">The documents of the files.</param>
    public WhatIfQuestion Question(CommandContext context, IReadOnlyList<Manifest> manifests)
    {
        var now = context.Screen.Now;
        string[] Given(Option<string[]> option) => context.Parsed.GetValue(option) ?? [];
        return new WhatIfQuestion
        {
            Manifests = manifests,
            Nodes =
            [
                .. Given(withoutNodes).Select(node => new NodeChange(node, NodeState.Fenced)),
                .. Given(cordoned).Select(node => new NodeChange(node, NodeState.Cordoned)),
                .. Given(drained).Select(text => Drain(text, now)!),
            ],
            WithoutBudgets = [.. Given(withoutBudgets).Select(budget => Names.Budget(budget, context.Namespace))],
            WithoutRuns = [.. Given(withoutRuns).Select(run => Names.Run(run, context.Namespace))],
            Horizon = context.Parsed.GetValue(until) is { } text ? At(text, now)!.Value - now
                : WhatIfQuestion.HorizonDefault,
        };
    }

    private static Option<string[]> Changes(string name, string what, string description) => new(name)
    {
        Description = $"{description} May be repeated.", HelpName = what, Arity = ArgumentArity.OneOrMore,
    };

    private static void Check(Option<string[]> option, Func<string, bool> isValid, string problem) =>
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !isValid(token.Value)))
                result.AddError($"{option.Name}: '{token.Value}' {problem}.");
        });

    private static NodeChange? Drain(string text, DateTimeOffset now) =>
        text.Split('=') is [var node, var when] && Names.IsName(node) && At(when, now) is { } at
            ? new NodeChange(node, NodeState.Draining, at) : null;

    private static DateTimeOffset? At(string text, DateTimeOffset now) =>
        Duration.TryParse(text, out var ahead) && ahead <= WhatIfQuestion.HorizonMax ? now + ahead
        : text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out var at) ? at : null;
}
