using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.Output;
using Jobtree.Core.Ledger;
using Jobtree.Manifests.Reading;

namespace Jobtree.Cli.Commands;

/// <summary><c>audit-log</c>: who changed what, and who was refused.</summary>
internal static class AuditLogCommand
{
    private const string SinceDefault = "24h";

    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var since = Instants.Option("--since", "Only entries from this time on: an instant, a day, or how long ago.");
        since.DefaultValueFactory = _ => SinceDefault;
        var until = Instants.Option("--until", "Only entries before this time.");
        var token = new Option<string?>("--token") { Description = "Only what this token asked.", HelpName = "name" };
        var address = new Option<string?>(
            "--address") { Description = "Only what came from this address.", HelpName = "address" };
        var target = new Option<string?>("--target")
        {
            Description = "Only what was about this, such as default/train or 'Node n1'.", HelpName = "name",
        };
        var refused = new Option<bool>("--refused") { Description = "Only refusals." };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with each entry as it is written." };
        var check = new Option<bool>("--check")
        {
            Description = "Check that the chain of all entries that are kept is unbroken, and print its head.",
        };
        var command = new Command("audit-log", "Print who changed what, and who was refused.")
            { since, until, token, address, target, refused, follow, check };
        command.Validators.Add(result =>
        {
            Option[] others = [since, until, token, address, target, refused, follow];
            if (result.GetValue(check) && others.FirstOrDefault(option => result.GetResult(option)
                is { Implicit: false }) is { } other)
                result.AddError($"--check reads all entries: leave {other.Name} out.");
        });
        runner.Stream(command, (context, cancellation) =>
        {
            if (context.Session.AuditLog is not { } log)
                return Task.FromResult<Result<int>>(new Problem(
                    ProblemCode.Invalid, "A state file has no audit log. Ask a server."));
            var parsed = context.Parsed;
            return parsed.GetValue(check) ? Check(context, log, cancellation) : Print(context, log, new Query()
                .And("from", Instants.Of(context, since) is { } from ? Timestamp.Format(from) : null)
                .And("to", Instants.Of(context, until) is { } to ? Timestamp.Format(to) : null)
                .And("token", parsed.GetValue(token)).And("address", parsed.GetValue(address))
                .And("target", parsed.GetValue(target)).And("refused", parsed.GetValue(refused) ? "true" : null)
                .And("follow", parsed.GetValue(follow) ? "true" : null), cancellation);
        });
        return command;
    }

    private static async Task<Result<int>> Print(
        CommandContext context, HttpAuditLog log, Query query, CancellationToken cancellation)
    {
        var read = await log.Read(query, (line, entry) => Print(context, line, entry), cancellation);
        return read.Succeeded(out _, out var problem) ? ExitCode.Done : problem;
    }

    private static void Print(CommandContext context, byte[] line, JsonElement entry)
    {
        var terminal = context.Host.Terminal;
        if (context.Format == OutputFormat.Table)
        {
            context.Screen.Line(Sentence(entry), Int(entry, "status") >= 400 ? Tone.Bad : Tone.Plain);
        }
        else
        {
            var text = context.Format == OutputFormat.Json ? $"{System.Text.Encoding.UTF8.GetString(line)}\n"
                : $"---\n{YamlText.Of(entry)}";
            terminal.Out.Write(terminal.Width is null ? text : PlainText.Lines(text));
        }
        terminal.Out.Flush();
    }

    /// <summary>An entry in a line: when, who, from where, what, and what came of it.</summary>
    private static string Sentence(JsonElement entry)
    {
        var at = entry.GetProperty("at").GetDateTimeOffset().UtcDateTime;
        var who = Text(entry, "token") is { } token ? $"{token} ({Text(entry, "role")})" : "nobody known";
        var from = Text(entry, "address") is { } address ? $" from {address}" : "";
        var target = Text(entry, "target") is { } about ? $" {about}:" : "";
        var before = Text(entry, "before") is { } was ? $" {was} ->" : "";
        var after = Text(entry, "after") is { } now ? $" {now}" : "";
        var code = Text(entry, "code") is { } word ? $" {word}" : "";
        var omitted = Int(entry, "omitted") is > 0 and var left
            ? string.Create(CultureInfo.InvariantCulture, $" ({left} refusals or failures before it are not listed)")
            : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{at:u}  {who}{from}  {Text(entry, "method")} {Text(entry, "route")}{target}{before}{after}")
            + string.Create(CultureInfo.InvariantCulture, $"  {Int(entry, "status")}{code}{omitted}");
    }

    private static async Task<Result<int>> Check(
        CommandContext context, HttpAuditLog log, CancellationToken cancellation)
    {
        var (first, last, head, broken) = (0L, 0L, HashChain.Root, 0L);
        var read = await log.Read(new Query(), (line, entry) =>
        {
            var sequence = Int(entry, "sequence");
            // What the first entry is linked to was let go, unless it is the first of all.
            var follows = last == 0 ? sequence > 1 || Text(entry, "previous") == HashChain.Root
                : sequence == last + 1 && Text(entry, "previous") == head;
            if (!follows && broken == 0)
                broken = sequence;
            (first, last, head) = (first == 0 ? sequence : first, sequence, HashChain.Link(line));
        }, cancellation);
        if (!read.Succeeded(out var count, out var problem))
            return problem;
        context.Screen.Line(count == 0 ? "The audit log has no entry." : broken > 0
            ? string.Create(CultureInfo.InvariantCulture,
                $"The chain is broken before entry {broken}: it, or the entry before it, was changed or is missing.")
            : string.Create(CultureInfo.InvariantCulture,
                $"Entries {first} to {last}: the chain is unbroken. Its head is {HashChain.ToHex(head)}."),
            broken > 0 ? Tone.Bad : Tone.Plain);
        return broken > 0 ? ExitCode.Refused : ExitCode.Done;
    }

    private static string? Text(JsonElement entry, string member) =>
        entry.TryGetProperty(member, out var value) ? value.GetString() : null;

    private static long Int(JsonElement entry, string member) =>
        entry.TryGetProperty(member, out var value) ? value.GetInt64() : 0;
}
