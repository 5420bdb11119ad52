using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Jobtree.Manifests.Tree;

/// <summary>Reads a sequence of JSON values as trees.</summary>
internal ref struct JsonTree
{
    private readonly ReadOnlySpan<byte> text;
    private readonly TreeLimits limits;
    private readonly ErrorLog errors;
    private Utf8JsonReader reader;
    private int seen;
    private Mark mark;

    /// <param name="text">Valid UTF-8.</param>
    /// <param name="options">The limits.</param>
    /// <param name="errors">Where to report.</param>
    public JsonTree(ReadOnlySpan<byte> text, ManifestReaderOptions options, ErrorLog errors)
    {
        this.text = text;
        this.errors = errors;
        limits = new TreeLimits(options, errors);
        mark = new Mark(1, 1);
        // The reader's own depth limit is above ours, so that ours is the one reported.
        reader = new Utf8JsonReader(
            text, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = options.DepthMax + 2 });
    }

    /// <summary>Whether reading stopped at something that is not JSON.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Reads the next value.</summary>
    /// <returns>Whether there was one; if not, the text has ended or an error was logged.</returns>
    public bool TryRead([NotNullWhen(true)] out ManifestValue? document)
    {
        document = null;
        try
        {
            if (!reader.Read())
                return false;
            document = Build(1);
            return document is not null;
        }
        catch (JsonException exception)
        {
            IsMalformed = true;
            errors.Add(MarkOf(exception), "", $"is not valid JSON: {Sentence(exception.Message)}");
            return false;
        }
    }

    private ManifestValue? Build(int depth)
    {
        var at = Advance();
        if (!limits.Admits(depth, at))
            return null;
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => BuildObject(depth, at),
            JsonTokenType.StartArray => BuildList(depth, at),
            JsonTokenType.String => BuildText(at),
            JsonTokenType.Number =>
                ManifestValue.Scalar(ValueKind.Number, at, Encoding.UTF8.GetString(reader.ValueSpan)),
            JsonTokenType.True => ManifestValue.Scalar(ValueKind.Flag, at, "true"),
            JsonTokenType.False => ManifestValue.Scalar(ValueKind.Flag, at, "false"),
            _ => ManifestValue.Scalar(ValueKind.Null, at, ""),
        };
    }

    private ManifestValue? BuildObject(int depth, Mark at)
    {
        var fields = new List<ManifestField>();
        HashSet<string>? names = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameAt = Advance();
            if (ReadText(nameAt) is not { } name || !limits.AdmitsName(name, nameAt, fields, ref names))
                return null;
            reader.Read();
            if (Build(depth + 1) is not { } value)
                return null;
            fields.Add(new ManifestField(name, nameAt, value));
        }
        return ManifestValue.OfFields(at, fields);
    }

    private ManifestValue? BuildList(int depth, Mark at)
    {
        var items = new List<ManifestValue>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (Build(depth + 1) is not { } item)
                return null;
            items.Add(item);
        }
        return ManifestValue.OfItems(at, items);
    }

    private ManifestValue? BuildText(Mark at) =>
        ReadText(at) is { } value ? ManifestValue.Scalar(ValueKind.Text, at, value) : null;

    private string? ReadText(Mark at)
    {
        try
        {
            var value = reader.GetString()!;
            return limits.AdmitsText(value, at) ? value : null;
        }
        catch (InvalidOperationException)
        {
            // The reader throws this if escapes such as \ud800 do not form a character.
            errors.Add(at, "", "a text holds half of a surrogate pair, which is no character");
            return null;
        }
    }

    private Mark Advance() => mark = Advance((int)reader.TokenStartIndex);

    // Counts from the previous place, so that one long line costs no more than many short ones.
    private Mark Advance(int offset)
    {
        var passed = text[seen..offset];
        var (line, column) = mark;
        for (var end = passed.IndexOf((byte)'\n'); end >= 0; end = passed.IndexOf((byte)'\n'))
        {
            passed = passed[(end + 1)..];
            (line, column) = (line + 1, 1);
        }
        seen = offset;
        return new Mark(line, column + Encoding.UTF8.GetCharCount(passed));
    }

    private static Mark MarkOf(JsonException exception) =>
        new((int)(exception.LineNumber ?? 0) + 1, (int)(exception.BytePositionInLine ?? 0) + 1);

    // The message ends with advice for programmers and with the place, counted from 0; both are cut off.
    private static string Sentence(string message)
    {
        var advice = message.IndexOf(" Change the reader options", StringComparison.Ordinal);
        var place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return TextRules.Sentence(message[..(advice >= 0 ? advice : place >= 0 ? place : message.Length)]);
    }
}
