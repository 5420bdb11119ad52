using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.Output;
using Jobtree.Cli.Sessions;

namespace Jobtree.Cli.Commands;

/// <summary>
/// Runs the body of a command: opens the fleet, saves changes, prints, and maps problems to exit codes.
/// </summary>
/// <param name="host">The streams, the clock and the environment variables.</param>
/// <param name="globals">The options of every command.</param>
internal sealed class CommandRunner(CliHost host, GlobalOptions globals)
{
    private readonly SessionOpener opener = new(host, globals);

    /// <summary>Sets a read-only body.</summary>
    public void Read(Command command, Func<CommandContext, CancellationToken, Task<Result<Report>>> body) =>
        Set(command, Access.Read, body);

    /// <summary>Sets a body that changes the fleet.</summary>
    public void Change(Command command, Func<CommandContext, CancellationToken, Task<Result<Report>>> body) =>
        Set(command, Access.Change, body);

    /// <summary>
    /// Sets a body that applies manifests, unless it is a dry run. With <c>apply</c>, a state file may be created.
    /// </summary>
    public void Apply(Command command, DryRunOption dryRun, Access access,
        Func<CommandContext, CancellationToken, Task<Result<Report>>> body) =>
        command.SetAction((parsed, cancellation) =>
            Run(parsed, dryRun.IsAsked(parsed) ? DryRunOption.AccessFor(access) : access, body, cancellation));

    /// <summary>Sets a read-only body that prints while it runs.</summary>
    public void Stream(Command command, Func<CommandContext, CancellationToken, Task<Result<int>>> body) =>
        command.SetAction((parsed, cancellation) => Run(parsed, Access.Read, body, cancellation));

    /// <summary>Sets a body that signs somebody in or out.</summary>
    public void SignIn(Command command, Func<CommandContext, CancellationToken, Task<Result<int>>> body) =>
        command.SetAction((parsed, cancellation) => Run(parsed, Access.SignIn, body, cancellation));

    private void Set(Command command, Access access,
        Func<CommandContext, CancellationToken, Task<Result<Report>>> body) =>
        command.SetAction((parsed, cancellation) => Run(parsed, access, body, cancellation));

    private Task<int> Run(ParseResult parsed, Access access,
        Func<CommandContext, CancellationToken, Task<Result<Report>>> body, CancellationToken cancellation) =>
        Run(parsed, access, (context, token) => Finish(context, access, body, token), cancellation);

    private static async Task<Result<int>> Finish(
        CommandContext context, Access access, Func<CommandContext, CancellationToken, Task<Result<Report>>> body,
            CancellationToken cancellation)
    {
        if (!(await body(context, cancellation)).Succeeded(out var report, out var problem))
            return problem;
        if (access.MayChange() && await context.Session.Commit(cancellation) is { } lost)
            return lost;
        report.Write(context.Host.Terminal, context.Format, context.Screen);
        return report.ExitCode;
    }

    private async Task<int> Run(
        ParseResult parsed, Access access, Func<CommandContext, CancellationToken, Task<Result<int>>> body,
            CancellationToken cancellation)
    {
        using var trace = CommandTrace.Begin(parsed, globals, host);
        return trace.Ended(await Carry(parsed, access, body, cancellation));
    }

    private async Task<int> Carry(
        ParseResult parsed, Access access, Func<CommandContext, CancellationToken, Task<Result<int>>> body,
            CancellationToken cancellation)
    {
        var operation = parsed.GetValue(globals.Operation) ?? Guid.CreateVersion7().ToString();
        try
        {
            if (!(await opener.Open(parsed, access, Notice, cancellation)).Succeeded(out var session, out var closed))
                return Fail(closed, access, operation);
            await using (session)
            {
                var result = await body(Context(parsed, session, operation), cancellation);
                return result.Succeeded(out var exitCode, out var problem) ? exitCode : Fail(
                    problem, access, operation);
            }
        }
        catch (ProblemException exception)
        {
            return Fail(exception.Problem, access, operation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Notice(!access.MayChange() ? "Interrupted."
                : $"Interrupted; what became of it is unknown. Repeat it with --operation {operation}.");
            return ExitCode.Interrupted;
        }
    }

    private CommandContext Context(ParseResult parsed, IFleetSession session, string operation) => new(
        parsed,
        session,
        new FleetCommand(operation, System.Environment.UserName),
        parsed.GetRequiredValue(globals.Namespace),
        parsed.GetRequiredValue(globals.Output) switch { "json" => OutputFormat.Json, "yaml" => OutputFormat.Yaml, _ =>
            OutputFormat.Table },
        new Screen(
            host.Terminal.Out, host.Terminal.Error, host.Terminal.Width, HasColors(parsed), host.Time.GetUtcNow(),
                host.Time.LocalTimeZone),
        host);

    private bool HasColors(ParseResult parsed) =>
        host.Terminal.Width is not null
        && !parsed.GetValue(globals.NoColor)
        && string.IsNullOrEmpty(host.Environment("NO_COLOR"))
        && host.Environment("TERM") != "dumb";

    private int Fail(Problem problem, Access access, string operation)
    {
        Notice($"error: {problem.Detail} ({HttpProblem.Kebab(problem.Code)})");
        foreach (var error in problem.Errors ?? [])
            Notice($"  {error}");
        if (problem.Code != ProblemCode.Unavailable)
            return ExitCode.Refused;
        if (access.MayChange())
            Notice($"What became of it is unknown. Repeat it safely with --operation {operation}.");
        return ExitCode.Unknown;
    }

    private void Notice(string text) => host.Terminal.Error.WriteLine(PlainText.Of(text));
}
