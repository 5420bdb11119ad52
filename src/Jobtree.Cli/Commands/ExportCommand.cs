using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Manifests;

namespace Jobtree.Cli.Commands;

/// <summary><c>export</c>: the whole fleet as a state file.</summary>
internal static class ExportCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var command = new Command("export", "Print the whole fleet as a state file: nodes, budgets, flavors, runs, "
            + "leases and reservations. 'runs --state FILE' works on it, and decides as the fleet would.");
        runner.Stream(command, Print);
        return command;
    }

    private static async Task<Result<int>> Print(CommandContext context, CancellationToken cancellation)
    {
        var (terminal, isFirst) = (context.Host.Terminal, true);
        await foreach (var document in context.Session.Export(cancellation))
        {
            // JSON is printed one document a line: each can be printed before the next has arrived.
            var text = context.Format == OutputFormat.Json
                ? System.Text.Encoding.UTF8.GetString(ManifestWriter.ToJson(document)) + "\n"
                : (isFirst ? "" : "---\n") + ManifestWriter.ToYaml(document);
            await terminal.Out.WriteAsync(terminal.Width is null ? text : PlainText.Lines(text));
            isFirst = false;
        }
        await terminal.Out.FlushAsync(cancellation);
        return ExitCode.Done;
    }
}
