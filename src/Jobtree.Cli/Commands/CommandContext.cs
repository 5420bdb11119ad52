using System.CommandLine;
using System.Diagnostics;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Cli.Sessions;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary>The context of a running command.</summary>
/// <param name="Parsed">The command line.</param>
/// <param name="Session">The fleet.</param>
/// <param name="Operation">The command, and the user who gives it.</param>
/// <param name="Namespace">The namespace for names without one.</param>
/// <param name="Format">The output format.</param>
/// <param name="Screen">The destination of tables.</param>
/// <param name="Host">The streams and the clock.</param>
internal sealed record CommandContext(
    ParseResult Parsed, IFleetSession Session, FleetCommand Operation, string Namespace, OutputFormat Format,
    Screen Screen, CliHost Host)
{
    /// <summary>The operations of the fleet.</summary>
    public IOperations Operations => Session.Operations;

    /// <summary>
    /// The trace of the command: its own span, otherwise the caller's trace, otherwise a new one. A state file keeps no
    /// trace of its own making.
    /// </summary>
    public string? TraceParent => Activity.Current is { IdFormat: ActivityIdFormat.W3C } span ? span.Id
        : Actors.Operations.TraceParent.Read(Host.Environment(Actors.Operations.TraceParent.Variable))
            ?? (Session.Live ? Actors.Operations.TraceParent.New() : null);

    /// <summary>The run that an argument names.</summary>
    public RunKey Run(Argument<string?> argument) => Names.Run(Parsed.GetRequiredValue(argument)!, Namespace);

    /// <summary>The run that an optional argument names, if any.</summary>
    public RunKey? RunOrNone(Argument<string?> argument) =>
        Parsed.GetValue(argument) is { } text ? Names.Run(text, Namespace) : null;

    /// <summary>The key of the budget that a required argument names.</summary>
    public string Budget(Argument<string?> argument) => Names.Budget(Parsed.GetRequiredValue(argument)!, Namespace);

    /// <summary>The text of a required argument.</summary>
    public string Text(Argument<string?> argument) => Parsed.GetRequiredValue(argument)!;

    /// <summary>Shows the user a message that is not data.</summary>
    public void Notice(string text) => Host.Terminal.Error.WriteLine(PlainText.Of(text));
}
