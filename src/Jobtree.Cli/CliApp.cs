using System.CommandLine;
using Jobtree.Cli.Output;

namespace Jobtree.Cli;

/// <summary>Runs one command line.</summary>
internal static class CliApp
{
    // A file name that starts with @ is a file name, not a response file.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    private const string CommandMissing = "Required command was not provided.";

    /// <summary>Runs the command line.</summary>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="host">The external dependencies of the commands.</param>
    /// <param name="cancellation">Cancels the command, as Ctrl-C does.</param>
    /// <returns>The exit code, see <see cref="ExitCode"/>.</returns>
    public static async Task<int> Run(string[] arguments, CliHost host, CancellationToken cancellation = default)
    {
        var parsed = CommandTree.Create(host).Parse(arguments, Parsing);
        if (parsed.Errors.Count > 0)
            return Refuse(parsed, host);
        var streams = new InvocationConfiguration
        {
            Output = host.Terminal.Out, Error = host.Terminal.Error, EnableDefaultExceptionHandler = false,
        };
        try
        {
            return await parsed.InvokeAsync(streams, cancellation);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A bug in this program: the outcome is unknown. The stack trace is for the developer who fixes it.
            host.Terminal.Error.WriteLine(
                $"error: this is a defect of kubectl-runs; please report " +
                $"it.{Environment.NewLine}{PlainText.Lines(exception.ToString())}");
            return ExitCode.Unknown;
        }
    }

    private static int Refuse(ParseResult parsed, CliHost host)
    {
        var writer = host.Terminal.Error;
        var messages = parsed.Errors.Select(error => error.Message).Distinct().ToArray();
        // A mistyped command is also reported as a missing one; the message with the mistyped word is clearer.
        foreach (var message in messages.Length == 1 ? messages : messages.Where(message => message != CommandMissing))
            writer.WriteLine($"error: {PlainText.Of(message)}");
        var path = string.Join(' ', Path(parsed.CommandResult.Command).Reverse().Skip(1).Prepend("kubectl-runs"));
        writer.WriteLine($"See '{path} --help'.");
        return ExitCode.Usage;
    }

    private static IEnumerable<string> Path(Command command)
    {
        for (Symbol? symbol = command; symbol is not null; symbol = symbol.Parents.FirstOrDefault())
            yield return symbol.Name;
    }
}
