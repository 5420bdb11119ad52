using System.CommandLine;
using Jobtree.Cli.Sessions;

namespace Jobtree.Cli.Commands;

/// <summary><c>--dry-run</c>, spelled as with kubectl: alone, or with <c>server</c> or <c>none</c>.</summary>
internal sealed class DryRunOption
{
    private const string None = "none";

    public DryRunOption() => Option.AcceptOnlyFromAmong("server", None);

    /// <summary>The option.</summary>
    public Option<string?> Option { get; } = new("--dry-run")
    {
        Description = "Check everything and show what would change, for the documents and for everybody's runs; "
            + "change nothing.",
        HelpName = "server|none",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Whether a command line asks for a dry run.</summary>
    public bool IsAsked(ParseResult parsed) =>
        parsed.GetResult(Option) is { Implicit: false } && parsed.GetValue(Option) != None;

    /// <summary>How a dry run uses a fleet that the command otherwise uses so.</summary>
    public static Access AccessFor(Access access) => access == Access.Create ? Access.DryRun : Access.Read;
}
