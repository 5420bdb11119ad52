using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Jobtree.Cli.Output;

/// <summary>A JSON value as YAML that reads back as the same value.</summary>
internal static class YamlText
{
    /// <summary>A value as one YAML document.</summary>
    public static string Of(JsonElement value)
    {
        var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, value);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, MappingStyle.Block));
                foreach (var property in value.EnumerateObject())
                {
                    emitter.Emit(Text(property.Name));
                    Emit(emitter, property.Value);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, SequenceStyle.Block));
                foreach (var item in value.EnumerateArray())
                    Emit(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                emitter.Emit(Text(value.GetString()!));
                break;
            default:
                emitter.Emit(new Scalar(value.GetRawText()));
                break;
        }
    }

    // A plain scalar is used only if no YAML version could read it as a number, a boolean, a time or null.
    private static Scalar Text(string text) => new(
        AnchorName.Empty, TagName.Empty, text, IsWord(text) ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted,
            isPlainImplicit: true, isQuotedImplicit: true);

    private static bool IsWord(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0])
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '/' or '_')
        && text.ToLowerInvariant() is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n");
}
