using System.CommandLine;
using Jobtree.Cli.Http;
using Jobtree.Core.Model;
using Jobtree.Tracing;

namespace Jobtree.Cli;

/// <summary>The options of every command, allowed before or after its name.</summary>
internal sealed class GlobalOptions
{
    private const int OperationLengthMax = 128;

    public GlobalOptions()
    {
        Output.AcceptOnlyFromAmong("table", "json", "yaml");
        Server.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text
                && !ServerAddress.TryParse(text, out _, out var problem))
                result.AddError($"--server: {problem}");
        });
        OtelEndpoint.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !TraceTarget.TryParse(text, out _))
                result.AddError($"--otel-endpoint takes {TraceTarget.Allowed}.");
        });
        Operation.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !IsOperation(text))
                result.AddError($"--operation takes 1 to {OperationLengthMax} visible ASCII characters.");
        });
        Namespace.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !Names.IsNamespace(text))
                result.AddError($"--namespace: {Names.NamespaceAllowed}");
        });
    }

    public Option<string> Output { get; } = new("--output", "-o")
    {
        Description = "How to print: table, json or yaml.", HelpName = "format", Recursive = true,
            DefaultValueFactory = _ => "table",
    };

    public Option<string> Namespace { get; } = new("--namespace", "-n")
    {
        Description = "The namespace of run names without one.", HelpName = "name", Recursive = true,
            DefaultValueFactory = _ => RunKey.DefaultNamespace,
    };

    public Option<string?> Server { get; } = new("--server")
    {
        Description = $"The API to ask; default {ServerAddress.Variable}, else {ServerAddress.Default}.",
            HelpName = "url", Recursive = true,
    };

    public Option<string?> State { get; } = new("--state")
    {
        Description = "Work on a state file instead of a server.", HelpName = "file", Recursive = true,
    };

    public Option<string?> TokenFile { get; } = new("--token-file")
    {
        Description = $"A file with the bearer token; default {BearerToken.Variable}.", HelpName = "file",
            Recursive = true,
    };

    public Option<bool> AllowHttp { get; } = new("--allow-http")
    {
        Description = "Send the token over plain HTTP to a server that is not this machine.", Recursive = true,
    };

    public Option<string?> Operation { get; } = new("--operation")
    {
        Description = "The id of the command, to repeat one whose outcome is unknown; default a new one.",
            HelpName = "id", Recursive = true,
    };

    public Option<string?> OtelEndpoint { get; } = new("--otel-endpoint")
    {
        Description = "Send this command's trace to a collector such as http://127.0.0.1:4318/v1/traces, or with "
            + "console to standard error; default OTEL_EXPORTER_OTLP_ENDPOINT.",
        HelpName = "url", Recursive = true,
    };

    public Option<bool> NoColor { get; } = new(
        "--no-color") { Description = "No colors; NO_COLOR does the same.", Recursive = true };

    /// <summary>Adds all global options to the root of the command tree.</summary>
    public void AddTo(RootCommand root)
    {
        root.Add(Output);
        root.Add(Namespace);
        root.Add(Server);
        root.Add(State);
        root.Add(TokenFile);
        root.Add(AllowHttp);
        root.Add(Operation);
        root.Add(OtelEndpoint);
        root.Add(NoColor);
        root.Validators.Add(result =>
        {
            if (result.GetResult(Server) is { Implicit: false } && result.GetResult(State) is { Implicit: false })
                result.AddError("Give --server or --state, not both.");
        });
    }

    private static bool IsOperation(string text) =>
        text.Length is > 0 and <= OperationLengthMax && text.All(character => character is > ' ' and < '\x7f');
}
