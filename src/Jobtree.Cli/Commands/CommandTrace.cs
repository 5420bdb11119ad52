using System.CommandLine;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Telemetry;
using Jobtree.Tracing;
using OpenTelemetry.Trace;

namespace Jobtree.Cli.Commands;

/// <summary>
/// The trace of one command, if an exporter is configured. It continues the caller's trace. Disposing of it sends the
/// span, and waits at most two seconds for a collector that does not answer.
/// </summary>
internal sealed class CommandTrace : IDisposable
{
    private const string ServiceName = "jobtree-cli";

    private readonly TracerProvider? provider;
    private readonly Activity? span;

    private CommandTrace(TracerProvider? provider, Activity? span) => (this.provider, this.span) = (provider, span);

    /// <summary>Begins the command's span.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="globals">The options of every command.</param>
    /// <param name="host">The streams and the environment variables.</param>
    public static CommandTrace Begin(ParseResult parsed, GlobalOptions globals, CliHost host)
    {
        var target = parsed.GetValue(globals.OtelEndpoint) is { } text && TraceTarget.TryParse(text, out var given)
            ? given : TraceTarget.Of(host.Environment);
        return target is null ? new CommandTrace(null, null) : Begin(target, parsed, host);
    }

    // A method of its own, because most commands are not traced and need not load the exporter.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CommandTrace Begin(TraceTarget target, ParseResult parsed, CliHost host)
    {
        var provider = TraceExport.Begin(
            target, TraceExport.NameOf(null, ServiceName, host.Environment), host.Terminal.Error);
        _ = ActivityContext.TryParse(host.Environment(TraceParent.Variable), null, isRemote: true, out var caller);
        var command = parsed.CommandResult.Command.Name;
        return new CommandTrace(provider, Spans.Source.StartActivity(
            $"{Spans.Command.Name} {command}", ActivityKind.Client, caller)?.SetTag(Spans.Operation, command));
    }

    /// <summary>Records how the command ended.</summary>
    /// <param name="exitCode">The exit code.</param>
    /// <returns>The same exit code.</returns>
    public int Ended(int exitCode)
    {
        if (exitCode != ExitCode.Done)
            span?.SetStatus(ActivityStatusCode.Error, $"exit code {exitCode}");
        return exitCode;
    }

    public void Dispose()
    {
        span?.Dispose();
        provider?.Dispose();
    }
}
