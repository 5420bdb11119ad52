using System.CommandLine;
using System.Globalization;
using System.Text;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Manifests;
using Jobtree.Cli.Output;
using Jobtree.Core.Json;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary><c>watch</c>: prints each phase change of a run as it happens.</summary>
internal static class WatchCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var run = Names.RunArgument(optional: true);
        var until = RunCommands.PhaseOption(
            "--until", "End when the run reaches this phase; fail when it ends in another.");
        var timeout = new Option<TimeSpan?>("--timeout")
        {
            Description = "Give up after this long, such as 90s or 2h.",
            HelpName = "duration",
            CustomParser = result =>
            {
                if (Duration.TryParse(result.Tokens[0].Value, out var duration) && duration > TimeSpan.Zero
                    && duration.TotalMilliseconds < int.MaxValue)
                    return duration;
                result.AddError($"--timeout takes {Duration.Allowed}, at most 24d.");
                return null;
            },
        };
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Watch the runs of every namespace." };
        var command = new Command(
            "watch", "Print the present phase of runs, then each change.") { run, until, timeout, all };
        command.Validators.Add(result =>
        {
            if (result.GetResult(until) is not null && result.GetValue(run) is null)
                result.AddError("--until needs a run.");
        });
        runner.Stream(command, (context, cancellation) =>
        {
            var key = context.RunOrNone(run);
            var query = new RunQuery
            {
                Namespace = key?.Namespace ?? (context.Parsed.GetValue(all) ? null : context.Namespace),
                    Name = key?.Name,
            };
            return Watch(context, query, key, context.Parsed.GetValue(until), context.Parsed.GetValue(timeout),
                cancellation);
        });
        return command;
    }

    private static async Task<Result<int>> Watch(
        CommandContext context, RunQuery query, RunKey? key, RunPhase? until, TimeSpan? timeout,
            CancellationToken cancellation)
    {
        // Without this check a watch on a missing run would stay silent forever.
        if (key is { } named && !(await context.Operations.GetRun(named, cancellation))
            .Succeeded(out _, out var missing))
            return missing;
        if (!context.Session.Live)
            return await ShowOnce(context, query, until, cancellation);

        using var limit = new CancellationTokenSource(timeout ?? Timeout.InfiniteTimeSpan, context.Host.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            return await Follow(context, query, until, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            context.Notice(
                $"Not {(until is { } phase ? phase.ToString() : "over")} within {Humanize.Span(timeout!.Value)}.");
            return ExitCode.Refused;
        }
    }

    private static async Task<int> Follow(
        CommandContext context, RunQuery query, RunPhase? until, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await foreach (var change in context.Operations.WatchRuns(query, cancellation: cancellation))
                {
                    Print(context, change.Run);
                    if (Verdict(context, change.Run, until) is { } exitCode)
                        return exitCode;
                }
                return ExitCode.Done;
            }
            catch (WatchExpiredException)
            {
                context.Notice("Some changes were missed; beginning again with the present phases.");
            }
        }
    }

    private static async Task<Result<int>> ShowOnce(
        CommandContext context, RunQuery query, RunPhase? until, CancellationToken cancellation)
    {
        var listed = await Pages.Read(
            context, int.MaxValue, (size, next) =>
                context.Operations.ListRuns(query with { Limit = size, Continue = next }, cancellation));
        if (!listed.Succeeded(out var runs, out var problem))
            return problem;
        var exitCode = default(int?);
        foreach (var run in runs)
        {
            Print(context, run);
            exitCode = Verdict(context, run, until);
        }
        context.Notice("A state file does not change by itself; these are the present phases.");
        return exitCode ?? (until is null ? ExitCode.Done : ExitCode.Refused);
    }

    private static int? Verdict(CommandContext context, RunManifest run, RunPhase? until)
    {
        if (until is not { } wanted || run.Status?.Phase is not { } phase)
            return null;
        if (phase == wanted)
            return ExitCode.Done;
        if (phase is not (RunPhase.Completed or RunPhase.Failed))
            return null;
        context.Notice($"{run.Key} is {phase}; it will not be {wanted} any more.");
        return ExitCode.Refused;
    }

    private static void Print(CommandContext context, RunManifest run)
    {
        var writer = context.Host.Terminal.Out;
        switch (context.Format)
        {
            case OutputFormat.Json:
                writer.WriteLine(Encoding.UTF8.GetString(ManifestText.WriteJson(run)));
                break;
            case OutputFormat.Yaml:
                var document = ManifestText.WriteYaml([run]);
                writer.Write(document.StartsWith("---", StringComparison.Ordinal) ? document : $"---\n{document}");
                break;
            default:
                var clock = TimeZoneInfo.ConvertTime(context.Host.Time.GetUtcNow(), context.Host.Time.LocalTimeZone);
                var phase = run.Status?.Phase ?? RunPhase.Pending;
                var line =
                    $"{clock.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {run.Key}  {phase,-9}  " +
                    $"{run.Status?.Message}";
                context.Screen.Line(line.TrimEnd(), Cell.ToneOf(phase));
                break;
        }
        writer.Flush();
    }
}
