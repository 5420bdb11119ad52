using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.Output;

namespace Jobtree.Cli.Commands;

/// <summary><c>cluster</c>: what Redis has lost of what it had acknowledged, and to go on without it.</summary>
internal static class ClusterCommands
{
    /// <summary>Creates the group.</summary>
    public static Command Create(CommandRunner runner) => new(
        "cluster", "Tell whether the cluster's Redis has lost records, and go on without them.")
    {
        Status(runner), AcceptLoss(runner), SettleLoss(runner),
    };

    private static Command Status(CommandRunner runner)
    {
        var command = new Command("status",
            "Tell what Redis has lost, and which flavors' nodes are cordoned for it. Exits 1 while records are lost.");
        runner.Stream(command, (context, cancellation) => Ask(context, (cluster, _) => cluster.Look(cancellation),
            PrintStatus, told => told.TryGetProperty("loss", out _) ? ExitCode.Refused : ExitCode.Done));
        return command;
    }

    private static Command AcceptLoss(CommandRunner runner)
    {
        var command = new Command("accept-loss",
            "Go on from what Redis has. The ledgers say so from then on; the nodes of the flavors concerned are "
            + "cordoned, since lost entries may have started work there. First try to restore Redis.");
        runner.Stream(command, (context, cancellation) => Ask(context,
            (cluster, operation) => cluster.Accept(operation, cancellation), PrintAccepted, _ => ExitCode.Done));
        return command;
    }

    private static Command SettleLoss(CommandRunner runner)
    {
        var flavor = new Option<string?>("--flavor")
        {
            Description = "Only the nodes of this GPU flavor.", HelpName = "flavor",
        };
        var command = new Command("settle-loss",
            "Say that no lost work runs any more: the nodes that accept-loss cordoned take work again. Look at them "
            + "first.") { flavor };
        runner.Stream(command, (context, cancellation) => Ask(context,
            (cluster, operation) => cluster.Settle(context.Parsed.GetValue(flavor), operation, cancellation),
            PrintSettled, _ => ExitCode.Done));
        return command;
    }

    private static async Task<Result<int>> Ask(CommandContext context,
        Func<HttpCluster, string, Task<Result<JsonElement>>> question, Action<Screen, JsonElement> print,
        Func<JsonElement, int> exit)
    {
        if (context.Session.Cluster is not { } cluster)
            return new Problem(ProblemCode.Invalid, "A state file is no cluster. Ask a server.");
        if (!(await question(cluster, context.Operation.Id)).Succeeded(out var told, out var problem))
            return problem;
        if (context.Format == OutputFormat.Table)
        {
            print(context.Screen, told);
            return exit(told);
        }
        var text = context.Format == OutputFormat.Json ? $"{told.GetRawText()}\n" : YamlText.Of(told);
        var terminal = context.Host.Terminal;
        terminal.Out.Write(terminal.Width is null ? text : PlainText.Lines(text));
        return exit(told);
    }

    private static void PrintStatus(Screen screen, JsonElement told)
    {
        if (told.TryGetProperty("loss", out var loss))
        {
            var since = loss.TryGetProperty("since", out var at) ? $" (found {screen.At(at.GetDateTimeOffset())})" : "";
            screen.Line($"Redis has lost records that it had acknowledged{since}. Nothing is changed meanwhile.",
                Tone.Bad);
            PrintJournals(screen, loss);
            screen.Line("Restore Redis from its newest data, or go on without them: kubectl-runs cluster accept-loss.");
        }
        else
        {
            screen.Line("Redis has everything that any silo knows of.");
        }
        var doubted = Texts(told, "doubted");
        if (doubted.Length > 0)
            screen.Line($"Cordoned because lost entries may have started work there: the nodes of "
                + $"{string.Join(", ", doubted)}. When nothing of it runs any more: kubectl-runs cluster settle-loss.");
    }

    private static void PrintAccepted(Screen screen, JsonElement told)
    {
        screen.Line("The fleet goes on without:");
        PrintJournals(screen, told);
        var flavors = Texts(told, "flavors");
        if (flavors.Length > 0)
            screen.Line($"The nodes of {string.Join(", ", flavors)} are cordoned. Look whether work runs there that "
                + "the fleet does not know, then: kubectl-runs cluster settle-loss.");
    }

    private static void PrintJournals(Screen screen, JsonElement loss)
    {
        foreach (var lost in loss.GetProperty("journals").EnumerateArray())
            screen.Line(string.Create(CultureInfo.InvariantCulture,
                $"  {lost.GetProperty("journal").GetString()}: records {lost.GetProperty("first").GetInt64()} to "
                + $"{lost.GetProperty("last").GetInt64()}"));
        if (!loss.GetProperty("isExact").GetBoolean())
            screen.Line("  Other records may be lost too: a silo that wrote some cannot be asked.");
        else if (loss.GetProperty("journals").GetArrayLength() == 0)
            screen.Line("  records of runs and envelopes; no flavor lost any");
    }

    private static void PrintSettled(Screen screen, JsonElement told) => screen.Line(
        Texts(told, "flavors") is { Length: > 0 } flavors
            ? $"The nodes of {string.Join(", ", flavors)} take work again."
            : "No node was cordoned because of a loss.");

    private static string[] Texts(JsonElement told, string member) =>
        told.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(one => one.GetString() ?? "")] : [];
}
