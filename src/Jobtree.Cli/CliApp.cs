using System.CommandLine;
using Jobtree.Cli.Output;

namespace Jobtree.Cli;

/// <summary>Runs one command line.</summary>
internal static class CliApp
{
    // A file name that begins with @ is a file name, not a list of more arguments.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    private const string CommandMissing = "Required command was not provided.";

    /// <summary>Runs it.</summary>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="host">What the commands take from outside.</param>
    /// <param name="cancellation">Ends it, as Ctrl-C does.</param>
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
            // A defect of this program: nobody knows how far it came. The trace is for whoever mends it.
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
        // A mistyped command is reported as one that is missing as well; the mistyped word says it better.
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
