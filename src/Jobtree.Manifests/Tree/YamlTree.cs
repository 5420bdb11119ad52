using System.Diagnostics.CodeAnalysis;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Jobtree.Manifests.Tree;

/// <summary>Reads a sequence of YAML documents as trees. Anchors, aliases, tags and merge keys are refused.</summary>
internal sealed class YamlTree(string text, ManifestReaderOptions options, ErrorLog errors)
{
    private readonly Parser parser = new(new Scanner(new StringReader(text), skipComments: true));
    private readonly TreeLimits limits = new(options, errors);

    /// <summary>Reads the next document; an empty document reads as null.</summary>
    /// <returns>Whether there was one; if not, the text has ended or an error was logged.</returns>
    public bool TryRead([NotNullWhen(true)] out ManifestValue? document)
    {
        document = null;
        try
        {
            do
            {
                if (!Next())
                    return false;
            }
            while (parser.Current is not DocumentStart);
            Next();
            document = Build(1);
            return document is not null;
        }
        catch (YamlException exception)
        {
            errors.Add(MarkOf(exception.Start), "", $"is not valid YAML: {TextRules.Sentence(exception.Message)}");
            return false;
        }
    }

    private ManifestValue? Build(int depth)
    {
        var at = MarkOf(parser.Current!.Start);
        if (!limits.Admits(depth, at) || !Admits(parser.Current, at))
            return null;
        return parser.Current switch
        {
            MappingStart => BuildObject(depth, at),
            SequenceStart => BuildList(depth, at),
            Scalar scalar => limits.AdmitsText(scalar.Value, at) ? ManifestValue.Scalar(
                YamlScalars.KindOf(scalar), at, scalar.Value) : null,
            _ => Refuse(at, "is not valid YAML: a value is missing"),
        };
    }

    private ManifestValue? BuildObject(int depth, Mark at)
    {
        var fields = new List<ManifestField>();
        HashSet<string>? names = null;
        while (Next() && parser.Current is not MappingEnd)
        {
            var nameAt = MarkOf(parser.Current!.Start);
            if (!Admits(parser.Current, nameAt))
                return null;
            if (parser.Current is not Scalar name)
                return Refuse(nameAt, "a field's name must be a text, not a list or a mapping");
            if (name is { Value: "<<", Style: ScalarStyle.Plain })
                return Refuse(nameAt, "YAML merge keys (<<) are not allowed; write the fields out");
            if (!limits.AdmitsText(name.Value, nameAt) || !limits.AdmitsName(name.Value, nameAt, fields, ref names))
                return null;
            Next();
            if (Build(depth + 1) is not { } value)
                return null;
            fields.Add(new ManifestField(name.Value, nameAt, value));
        }
        return ManifestValue.OfFields(at, fields);
    }

    private ManifestValue? BuildList(int depth, Mark at)
    {
        var items = new List<ManifestValue>();
        while (Next() && parser.Current is not SequenceEnd)
        {
            if (Build(depth + 1) is not { } item)
                return null;
            items.Add(item);
        }
        return ManifestValue.OfItems(at, items);
    }

    private bool Next()
    {
        try
        {
            return parser.MoveNext();
        }
        catch (Exception exception)
            when (exception is InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            // The parser throws these for some malformed texts, such as half a surrogate pair in an escape.
            var at = parser.Current?.End ?? YamlDotNet.Core.Mark.Empty;
            throw new SemanticErrorException(at, at, "Found something malformed after this place");
        }
    }

    private bool Admits(ParsingEvent parsed, Mark at)
    {
        var refused = parsed switch
        {
            AnchorAlias or NodeEvent { Anchor.IsEmpty: false } =>
                "YAML anchors and aliases (& and *) are not allowed; write the value out, "
                + "or put it in quotes if it is a text",
            NodeEvent { Tag.IsEmpty: false } =>
                "YAML tags (!) are not allowed; put the value in quotes if it is a text",
            _ => null,
        };
        if (refused is not null)
            errors.Add(at, "", refused);
        return refused is null;
    }

    private ManifestValue? Refuse(Mark at, string message)
    {
        errors.Add(at, "", message);
        return null;
    }

    private static Mark MarkOf(YamlDotNet.Core.Mark at) => new((int)at.Line, (int)at.Column);
}
