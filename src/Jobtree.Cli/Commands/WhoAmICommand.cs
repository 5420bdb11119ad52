using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;

namespace Jobtree.Cli.Commands;

/// <summary><c>whoami</c>: who the caller is to the server, and what it may.</summary>
internal static class WhoAmICommand
{
    // As the server escapes: hardly at all.
    private static readonly JsonSerializerOptions AsTold = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var command = new Command("whoami", "Tell whom the token is of, what it may, for whom, and until when.");
        runner.Stream(command, async (context, cancellation) =>
        {
            if (context.Session.Identity is not { } identity)
                return new Problem(ProblemCode.Invalid, "A state file asks nobody who he is. Ask a server.");
            if (!(await identity.Ask(cancellation)).Succeeded(out var told, out var problem))
                return problem;
            Print(context, told, identity.TokenSource);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Prints who the caller is.</summary>
    /// <param name="context">Where and how.</param>
    /// <param name="told">What the server says.</param>
    /// <param name="tokenSource">Where the token comes from; absent: there is none.</param>
    public static void Print(CommandContext context, JsonElement told, string? tokenSource)
    {
        if (context.Format == OutputFormat.Table)
        {
            var owners = told.TryGetProperty("owners", out var list) && list.ValueKind == JsonValueKind.Array
                ? string.Join(", ", list.EnumerateArray().Select(owner => owner.GetString())) : null;
            var ends = told.TryGetProperty("expires", out var at) && at.TryGetDateTimeOffset(out var expires)
                ? context.Screen.At(expires) : null;
            context.Screen.Fields([("name", Text(told, "name") ?? "none: no token is asked for"),
                ("role", Text(told, "role")), ("owners", owners == "*" ? "* (all)" : owners),
                ("known by", Text(told, "by")), ("ends", ends), ("token from", tokenSource)]);
            return;
        }
        if (tokenSource is not null)
        {
            var whole = JsonObject.Create(told)!;
            whole["tokenFrom"] = tokenSource;
            told = JsonElement.Parse(whole.ToJsonString(AsTold));
        }
        var text = context.Format == OutputFormat.Json ? $"{told.GetRawText()}\n" : YamlText.Of(told);
        var terminal = context.Host.Terminal;
        terminal.Out.Write(terminal.Width is null ? text : PlainText.Lines(text));
    }

    private static string? Text(JsonElement told, string member) =>
        told.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()
            : null;
}
