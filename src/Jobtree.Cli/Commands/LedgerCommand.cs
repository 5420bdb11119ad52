using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Cli.Output;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Model;
using Jobtree.Journal;

namespace Jobtree.Cli.Commands;

/// <summary><c>ledger</c> and <c>ledger export</c>: what was decided, entry by entry.</summary>
internal static class LedgerCommand
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var flavor = FlavorOption("Only the ledger of this GPU flavor.");
        var run = new Option<string?>("--run") { Description = "Only entries that name this run.", HelpName = "run" };
        var since = Instants.Option(
            "--since", "Only entries from this time on: an instant, a day, or how long ago.");
        var after = new Option<long>(
            "--after") { Description = "Only entries after this number; needs --flavor.", HelpName = "number" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with each entry as it is written." };
        var command = new Command(
            "ledger", "Print what was decided, entry by entry: who, what, where, paid by what.")
            { flavor, run, since, after, follow, Export(runner) };
        command.Validators.Add(result =>
        {
            if (result.GetValue(after) < 0)
                result.AddError("--after takes a whole number from 0.");
            if (result.GetResult(after) is { Implicit: false } && result.GetValue(flavor) is null)
                result.AddError("--after needs --flavor: each flavor numbers its own entries.");
        });
        runner.Stream(command, async (context, cancellation) =>
        {
            if (!(await FlavorsOf(context, context.Parsed.GetValue(flavor), cancellation))
                .Succeeded(out var flavors, out var problem))
                return problem;
            var filter = new EntryFilter(
                context.Parsed.GetValue(run) is { } name ? Names.Run(name, context.Namespace) : null,
                Instants.Of(context, since));
            var feed = new LedgerFeed(context.Operations, flavors, context.Parsed.GetValue(after));
            return await Print(context, feed, filter, context.Parsed.GetValue(follow), cancellation);
        });
        return command;
    }

    private static Command Export(CommandRunner runner)
    {
        var flavor = FlavorOption("The GPU flavor; needed if there are several.");
        var command = new Command(
            "export", "Write a ledger byte for byte, with its head, for 'audit --ledger'.") { flavor };
        runner.Stream(command, async (context, cancellation) =>
        {
            if (!(await OneFlavor(context, context.Parsed.GetValue(flavor), cancellation))
                .Succeeded(out var name, out var problem))
                return problem;
            var terminal = context.Host.Terminal;
            await terminal.Out.FlushAsync(cancellation);
            await using var to = new BufferedStream(terminal.RawOut, 1 << 16);
            var file = new LedgerFile(to, name);
            for (var (begun, after) = (false, 0L); ;)
            {
                if (!(await context.Operations.ReadLedger(name, after, ILedgers.PageMax, cancellation))
                    .Succeeded(out var page, out problem))
                    return problem;
                if (!begun)
                    file.Begin(page.First);
                begun = true;
                if (page.Entries.Count == 0)
                    break;
                foreach (var entry in page.Entries)
                    file.Add(entry.Bytes);
                after = page.Entries[^1].Sequence;
            }
            file.End();
            await to.FlushAsync(cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The option that names a flavor.</summary>
    public static Option<string?> FlavorOption(string description) =>
        new("--flavor") { Description = description, HelpName = "flavor" };

    /// <summary>The flavor given, or the only one that there is.</summary>
    public static async Task<Result<string>> OneFlavor(
        CommandContext context, string? given, CancellationToken cancellation)
    {
        if (!(await FlavorsOf(context, given, cancellation)).Succeeded(out var flavors, out var problem))
            return problem;
        return flavors.Count == 1 ? flavors[0] : new Problem(ProblemCode.Invalid, flavors.Count == 0
            ? "The fleet has no flavor." : $"--flavor is needed; there are: {string.Join(", ", flavors)}.");
    }

    private static async Task<Result<IReadOnlyList<string>>> FlavorsOf(
        CommandContext context, string? given, CancellationToken cancellation)
    {
        if (given is not null)
            return Results.Of<IReadOnlyList<string>>([given]);
        return (await context.Operations.ListFlavors(cancellation)).Succeeded(out var flavors, out var problem)
            ? Results.Of<IReadOnlyList<string>>([.. flavors.Select(flavor => flavor.Flavor)]) : problem;
    }

    private static async Task<Result<int>> Print(CommandContext context, LedgerFeed feed, EntryFilter filter,
        bool follow, CancellationToken cancellation)
    {
        if (follow && !context.Session.Live)
            context.Notice("A state file does not change by itself; these are the entries that there are.");
        while (true)
        {
            if (!(await feed.Next(cancellation)).Succeeded(out var next, out var problem))
                return problem;
            foreach (var notice in feed.TakeNotices())
                context.Notice(notice);
            if (next.Record is { } record)
            {
                if (filter.Takes(record.Bytes, next.Entry!))
                    Print(context, next.Flavor!, record, next.Entry!);
                continue;
            }
            await context.Host.Terminal.Out.FlushAsync(cancellation);
            if (!follow || !context.Session.Live)
                return ExitCode.Done;
            await Task.Delay(LookEvery, context.Host.Time, cancellation);
        }
    }

    private static void Print(CommandContext context, string flavor, LedgerRecord record, LedgerEntry entry)
    {
        if (context.Format == OutputFormat.Table)
        {
            var by = entry.By is { } who ? $" (by {who})" : "";
            context.Screen.Line(string.Create(CultureInfo.InvariantCulture,
                $"{entry.At.UtcDateTime:u}  {flavor}/{entry.Sequence}  ")
                + string.Join("; ", EntrySentences.Of(entry)) + by);
            return;
        }
        var json = Json(flavor, record, entry);
        using var document = JsonDocument.Parse(json);
        var text = context.Format == OutputFormat.Json ? $"{json}\n" : $"---\n{YamlText.Of(document.RootElement)}";
        var terminal = context.Host.Terminal;
        terminal.Out.Write(terminal.Width is null ? text : PlainText.Lines(text));
    }

    private static string Json(string flavor, LedgerRecord record, LedgerEntry entry)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, IndentedJson.OneLine))
        {
            writer.WriteStartObject();
            writer.WriteString("flavor", flavor);
            writer.WriteNumber("sequence", record.Sequence);
            writer.WriteString("hash", HashChain.ToHex(HashChain.Link(record.Bytes)));
            writer.WriteStartArray("text");
            foreach (var sentence in EntrySentences.Of(entry))
                writer.WriteStringValue(sentence);
            writer.WriteEndArray();
            writer.WritePropertyName("entry");
            writer.WriteRawValue(record.Bytes);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>Which entries to print.</summary>
    private sealed record EntryFilter(RunKey? Run, DateTimeOffset? Since)
    {
        private readonly byte[]? name = Run is { } run ? Encoding.UTF8.GetBytes($"\"{run}\"") : null;

        public bool Takes(ReadOnlySpan<byte> record, LedgerEntry entry) =>
            (Since is null || entry.At >= Since) && (name is null || record.IndexOf(name) >= 0);
    }
}
