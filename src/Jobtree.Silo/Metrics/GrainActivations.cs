using Jobtree.Telemetry;

namespace Jobtree.Silo.Metrics;

/// <summary>The grains in this silo's memory, by the names that people know: run, flavor, envelope.</summary>
internal sealed class GrainActivations(OrleansMeter orleans) : IMetricSource
{
    private const string Suffix = "Grain";

    public ValueTask Collect(Scrape scrape, CancellationToken cancellation)
    {
        foreach (var (tags, value) in orleans.Values("orleans_grains"))
        {
            // Orleans tells the class; ours are called for what they host.
            if (tags.Value("type") is { } type && type.StartsWith("Jobtree.", StringComparison.Ordinal))
                scrape.Set(Catalogue.GrainActivations, value, Name(type));
        }

        return ValueTask.CompletedTask;
    }

    private static string Name(string type)
    {
        var name = type.Split(',')[0];
        name = name[(name.LastIndexOf('.') + 1)..];
        name = name.EndsWith(Suffix, StringComparison.Ordinal) && name.Length > Suffix.Length ? name[..^Suffix.Length]
            : name;
        return string.Concat(name.Select((letter, i) => char.IsAsciiLetterUpper(letter)
            ? (i > 0 ? "-" : "") + char.ToLowerInvariant(letter) : letter.ToString()));
    }
}
