using System.Globalization;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Json;

namespace Jobtree.Actors.Tests.Stories;

/// <summary>
/// The words of one command: what it is about first, then options <c>name=value</c>, some of which are bare.
/// </summary>
internal sealed class Words(string line)
{
    private readonly string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    private readonly HashSet<string> used = [];

    public string Verb => words[0];

    public string Subject => words[1];

    public string Rest => string.Join(' ', words.Skip(1));

    public IEnumerable<(string Name, string Value)> Options => words.Skip(2).Select(word =>
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (word, "") : (word[..equals], word[(equals + 1)..]);
    });

    public string? Option(string name)
    {
        used.Add(name);
        return Options.Where(option => option.Name == name).Select(option => option.Value).FirstOrDefault();
    }

    public int? Number(string name) => Option(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    public TimeSpan? Time(string name) => Option(name) is { } text ? Span(text) : null;

    public Dictionary<string, string>? Labels(string name) => Option(name) is { } text ? LabelsOf(text) : null;

    /// <summary>Options that nobody asked for are mistakes of the story.</summary>
    public void Done() => Assert.Subset(used, Options.Select(option => option.Name).ToHashSet());

    public static TimeSpan Span(string text) =>
        Duration.TryParse(text, out var span) ? span : throw new FormatException($"'{text}' is not a duration.");

    public static DateTimeOffset Instant(string text) => VirtualTime.Epoch + Span(text);

    public static Dictionary<string, string> LabelsOf(string text) =>
        text.Split(',').Select(pair => pair.Split(':')).ToDictionary(pair => pair[0], pair => pair[1]);
}
