using System.Globalization;
using Jobtree.Tracing;

namespace Jobtree.Silo.Commands.Configuration;

/// <summary>Reads the section <c>telemetry</c> of a configuration file.</summary>
/// <param name="file">The file's name, for messages.</param>
internal sealed class TelemetrySection(string file)
{
    /// <summary>The section's name.</summary>
    public const string Name = "telemetry";

    private const int ServiceNameMax = 63;

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section.</param>
    /// <exception cref="ArgumentException">A setting is unknown or not valid; the message names the line.</exception>
    public TelemetrySettings Read(ConfigNode section)
    {
        var settings = new TelemetrySettings();
        foreach (var (name, line, value) in Members(section, Name))
        {
            settings = name switch
            {
                "otel_exporter_endpoint" => settings with { Endpoint = Endpoint(Text(value, name)) },
                "service_name" => settings with { ServiceName = ServiceName(Text(value, name)) },
                "sampling" => settings with { Sampling = Sampling(value) },
                _ => throw Unknown(line, $"{Name}.{name}", "otel_exporter_endpoint, sampling, service_name"),
            };
        }
        return settings;
    }

    private TraceTarget Endpoint((string Value, long Line) text) =>
        TraceTarget.TryParse(text.Value, out var target) ? target
            // The address is not repeated, because it may hold a password.
            : throw Wrong(text.Line, $"{Name}.otel_exporter_endpoint takes {TraceTarget.Allowed}");

    private string ServiceName((string Value, long Line) text) =>
        text.Value.Length is > 0 and <= ServiceNameMax && !text.Value.Any(char.IsControl) ? text.Value
            : throw Wrong(text.Line, $"{Name}.service_name takes 1 to {ServiceNameMax} characters");

    private Sampling Sampling(ConfigNode section)
    {
        var sampling = new Sampling();
        foreach (var (name, line, value) in Members(section, $"{Name}.sampling"))
        {
            sampling = name switch
            {
                "default" => sampling with { Default = Share(Text(value, name)) },
                "rules" => sampling with { Rules = Rules(value, sampling.Rules) },
                _ => throw Unknown(line, $"{Name}.sampling.{name}", "default, rules"),
            };
        }
        return sampling;
    }

    private Dictionary<string, double> Rules(ConfigNode section, IReadOnlyDictionary<string, double> standard)
    {
        var rules = new Dictionary<string, double>(standard);
        var given = new HashSet<string>();
        foreach (var (name, line, value) in Members(section, $"{Name}.sampling.rules"))
        {
            if (!Tracing.Sampling.Known.Contains(name))
                throw Unknown(
                    line, $"{Name}.sampling.rules.{name}", string.Join(", ", Tracing.Sampling.Known.Order()));
            var span = Tracing.Sampling.SpanOf(name);
            if (!given.Add(span))
                throw Wrong(line, $"{Name}.sampling.rules.{name}: there is a rule for the span {span} already");
            rules[span] = Share(Text(value, name));
        }
        return rules;
    }

    private double Share((string Value, long Line) text) =>
        double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var share)
            && share is >= 0 and <= 1 ? share
            : throw Wrong(text.Line, $"'{text.Value}' is no share; a share is a number from 0 to 1");

    private IReadOnlyList<ConfigMember> Members(ConfigNode section, string name) =>
        section.Members ?? throw Wrong(section.Line, $"{name} takes settings, each 'name: value'");

    private (string Value, long Line) Text(ConfigNode value, string name) =>
        (value.Text ?? throw Wrong(value.Line, $"{name} takes one value"), value.Line);

    private ArgumentException Unknown(long line, string name, string known) =>
        Wrong(line, $"'{name}' is unknown; known here are: {known}");

    private ArgumentException Wrong(long line, string problem) => new($"{file}:{line}: {problem}.");
}
