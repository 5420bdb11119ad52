using System.Runtime.InteropServices;

namespace Jobtree.Manifests.Tree;

/// <summary>
/// A value of a document and its place in the text. Both parsers produce it, and all decoders read it.
/// </summary>
internal sealed class ManifestValue
{
    private readonly List<ManifestField>? fields;
    private readonly List<ManifestValue>? items;

    private ManifestValue(ValueKind kind, Mark mark, string text, List<ManifestField>? fields,
        List<ManifestValue>? items)
    {
        Kind = kind;
        Mark = mark;
        Text = text;
        this.fields = fields;
        this.items = items;
    }

    /// <summary>An object without fields; stands in for a missing object.</summary>
    public static ManifestValue Nothing { get; } = OfFields(default, []);

    public ValueKind Kind { get; }

    public Mark Mark { get; }

    /// <summary>A scalar's text, without quotes and escapes.</summary>
    public string Text { get; }

    public ReadOnlySpan<ManifestField> Fields => CollectionsMarshal.AsSpan(fields);

    public ReadOnlySpan<ManifestValue> Items => CollectionsMarshal.AsSpan(items);

    public static ManifestValue Scalar(ValueKind kind, Mark mark, string text) => new(kind, mark, text, null, null);

    public static ManifestValue OfFields(Mark mark, List<ManifestField> fields) =>
        new(ValueKind.Object, mark, "", fields, null);

    public static ManifestValue OfItems(Mark mark, List<ManifestValue> items) =>
        new(ValueKind.List, mark, "", null, items);

    /// <summary>The value of a field; null if it is absent or null.</summary>
    public ManifestValue? Find(string name)
    {
        foreach (ref readonly var field in Fields)
        {
            if (field.Name == name)
                return field.Value.Kind == ValueKind.Null ? null : field.Value;
        }
        return null;
    }
}

/// <summary>The kind of a manifest value, in YAML and JSON alike.</summary>
internal enum ValueKind
{
    Null,
    Flag,
    Number,
    Text,
    List,
    Object,
}

/// <summary>A place in the text; both numbers count from 1.</summary>
internal readonly record struct Mark(int Line, int Column);

/// <summary>A named value of an object, with the place of the name.</summary>
internal readonly record struct ManifestField(string Name, Mark Mark, ManifestValue Value);
