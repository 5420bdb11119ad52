using System.CommandLine;
using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.Output;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary><c>logs</c>: the output of a run's processes, as far as its executor retains it.</summary>
internal static class LogsCommand
{
    private const string OutSuffix = ".out";
    private const string ErrorSuffix = ".err";

    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var run = Names.RunArgument();
        var rank = new Option<int>(
            "--rank") { Description = "Which process.", HelpName = "number", DefaultValueFactory = _ => 0 };
        rank.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(int.TryParse(result.Tokens[0].Value, out var number) && number >= 0))
                result.AddError("--rank takes a whole number from 0.");
        });
        var attempt = new Option<int?>(
            "--attempt") { Description = "Which start of the run, from 1; default the last.", HelpName = "number" };
        var error = new Option<bool>("--stderr") { Description = "What it printed on standard error." };
        var list = new Option<bool>("--list") { Description = "Only list the files there are." };
        var command = new Command("logs", "Print what a process of a run printed.") { run, rank, attempt, error, list };
        runner.Stream(command, (context, cancellation) =>
        {
            if (context.Session.Logs is not { } logs)
                return Task.FromResult<Result<int>>(new Problem(
                    ProblemCode.Invalid, "A state file has no logs: its runs execute nowhere. Ask a server."));
            var suffix = context.Parsed.GetValue(error) ? ErrorSuffix : OutSuffix;
            var file = $"rank-{context.Parsed.GetValue(rank).ToString(CultureInfo.InvariantCulture)}{suffix}";
            return context.Parsed.GetValue(list)
                ? ListFiles(context, logs, context.Run(run), cancellation)
                : Print(context, logs, context.Run(run), context.Parsed.GetValue(attempt), file, cancellation);
        });
        return command;
    }

    private static async Task<Result<int>> ListFiles(
        CommandContext context, HttpRunLogs logs, RunKey run, CancellationToken cancellation)
    {
        if (!(await logs.List(run, cancellation)).Succeeded(out var files, out var problem))
            return problem;
        foreach (var file in files)
            context.Host.Terminal.Out.WriteLine(PlainText.Of(file));
        return ExitCode.Done;
    }

    private static async Task<Result<int>> Print(
        CommandContext context, HttpRunLogs logs, RunKey run, int? attempt, string file, CancellationToken cancellation)
    {
        if (!(await logs.List(run, cancellation)).Succeeded(out var files, out var problem))
            return problem;
        var ending = $"/{file}";
        // The newest attempt comes first.
        var found = Array.Find(files, name =>
            name.EndsWith(ending, StringComparison.Ordinal)
            && (attempt is not { } wanted || name == wanted.ToString(CultureInfo.InvariantCulture) + ending));
        if (found is null)
        {
            return new Problem(
                ProblemCode.NotFound,
                files.Length == 0 ? $"No output of {run} is kept."
                    : $"There is no {file} of {run}; there are: {string.Join(", ", files.Take(20))}");
        }
        var terminal = context.Host.Terminal;
        await terminal.Out.FlushAsync(cancellation);
        await using var destination = terminal.Width is null ? terminal.RawOut : new PlainStream(terminal.Out);
        return await logs.Copy(run, found, destination, cancellation).Then(_ => ExitCode.Done);
    }
}
