using Jobtree.Manifests.Tree;

namespace Jobtree.Manifests.Reading;

/// <summary>The required form of a scalar, as words for people and as a function.</summary>
/// <param name="expects">The kind of scalar.</param>
/// <param name="allowed">Completes "must be".</param>
/// <param name="read">Reads the scalar's text.</param>
/// <param name="secret">Whether the value must not be repeated in messages.</param>
internal sealed class Form<T>(ValueKind expects, string allowed, Form<T>.TryReadText read, bool secret = false)
{
    public delegate bool TryReadText(string text, out T value);

    public string Allowed => allowed;

    public bool TryRead(ManifestValue value, out T result)
    {
        if (value.Kind == expects)
            return read(value.Text, out result);
        result = default!;
        return false;
    }

    /// <summary>Describes what a refused value should have been and what it was.</summary>
    public string Refusal(ManifestValue value) => $"must be {allowed}, not {Describe(value)}{Hint(value)}";

    private string Describe(ManifestValue value) => value.Kind switch
    {
        ValueKind.Null => "nothing",
        ValueKind.List => "a list",
        ValueKind.Object => "a mapping",
        _ when secret => value.Kind == ValueKind.Text ? "this text"
            : $"a {(value.Kind == ValueKind.Number ? "number" : "boolean")}",
        ValueKind.Number => $"the number {TextRules.Show(value.Text)}",
        ValueKind.Flag => $"the boolean {value.Text}",
        _ => TextRules.Quote(value.Text),
    };

    private string Hint(ManifestValue value) => (expects, value.Kind) switch
    {
        (ValueKind.Text, ValueKind.Number or ValueKind.Flag) => "; put it in quotes",
        (ValueKind.Number or ValueKind.Flag, ValueKind.Text) when YamlScalars.KindOfPlain(value.Text) == expects =>
            "; write it without quotes",
        _ => "",
    };
}
