using System.CommandLine;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;

namespace Jobtree.Cli.Commands;

/// <summary><c>whoami</c>: who the caller is to the server, and what it may.</summary>
internal static class WhoAmICommand
{
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
            Print(context, told);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(CommandContext context, JsonElement told)
    {
        if (context.Format == OutputFormat.Table)
        {
            var owners = told.TryGetProperty("owners", out var list) && list.ValueKind == JsonValueKind.Array
                ? string.Join(", ", list.EnumerateArray().Select(owner => owner.GetString())) : null;
            var ends = told.TryGetProperty("expires", out var at) && at.TryGetDateTimeOffset(out var expires)
                ? context.Screen.At(expires) : null;
            context.Screen.Fields([("name", Text(told, "name") ?? "none: no token is asked for"),
                ("role", Text(told, "role")), ("owners", owners == "*" ? "* (all)" : owners),
                ("known by", Text(told, "by")), ("ends", ends)]);
            return;
        }
        var text = context.Format == OutputFormat.Json ? $"{told.GetRawText()}\n" : YamlText.Of(told);
        var terminal = context.Host.Terminal;
        terminal.Out.Write(terminal.Width is null ? text : PlainText.Lines(text));
    }

    private static string? Text(JsonElement told, string member) =>
        told.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()
            : null;
}
