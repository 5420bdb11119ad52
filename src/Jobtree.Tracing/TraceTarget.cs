using System.Diagnostics.CodeAnalysis;

namespace Jobtree.Tracing;

/// <summary>Where a program sends its spans.</summary>
/// <param name="Endpoint">The address of a collector; absent: what the standard variables name.</param>
/// <param name="IsConsole">Whether spans are written as lines instead.</param>
public sealed record TraceTarget(Uri? Endpoint, bool IsConsole)
{
    /// <summary>The word for the console.</summary>
    public const string Console = "console";

    /// <summary>What an endpoint may be, for error messages.</summary>
    public const string Allowed =
        "an address such as http://127.0.0.1:4318/v1/traces, without a password, or the word console";

    private static readonly string[] Endpoints = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

    /// <summary>Parses an endpoint. An address without a path gets the standard one.</summary>
    /// <param name="text">The endpoint.</param>
    /// <param name="target">The target, if the text is valid.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out TraceTarget? target)
    {
        target = null;
        if (text == Console)
            target = new TraceTarget(null, true);
        else if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            && address.UserInfo.Length == 0)
            target = new TraceTarget(address.AbsolutePath == "/" ? new Uri(address, "/v1/traces") : address, false);
        return target is not null;
    }

    /// <summary>The target that the standard variables name; null: none.</summary>
    /// <param name="environment">Reads a variable.</param>
    public static TraceTarget? Of(Func<string, string?> environment) =>
        environment("OTEL_TRACES_EXPORTER") switch
        {
            "none" => null,
            Console => new TraceTarget(null, true),
            _ => Endpoints.Any(name => !string.IsNullOrWhiteSpace(environment(name))) ? new TraceTarget(null, false)
                : null,
        };
}
