using System.Buffers;
using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Jobtree.Manifests.Writing;

/// <summary>Writes a document piece by piece; each format has an implementation.</summary>
internal interface IManifestSink
{
    void StartObject();

    void EndObject();

    void StartList();

    void EndList();

    void Name(string name);

    void Text(string text);

    void Number(long number);

    void Number(double number);

    void Flag(bool flag);
}

/// <summary>Writes documents as JSON.</summary>
internal sealed class JsonSink(Utf8JsonWriter writer) : IManifestSink
{
    public void StartObject() => writer.WriteStartObject();

    public void EndObject() => writer.WriteEndObject();

    public void StartList() => writer.WriteStartArray();

    public void EndList() => writer.WriteEndArray();

    public void Name(string name) => writer.WritePropertyName(name);

    public void Text(string text) => writer.WriteStringValue(text);

    public void Number(long number) => writer.WriteNumberValue(number);

    public void Number(double number) => writer.WriteNumberValue(number);

    public void Flag(bool flag) => writer.WriteBooleanValue(flag);
}

/// <summary>
/// Writes documents as YAML. A text is plain if every YAML reader reads it as a text; otherwise it is in double quotes.
/// </summary>
internal sealed class YamlSink : IManifestSink
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private static readonly SearchValues<char> PlainFirst = SearchValues.Create(Letters);
    private static readonly SearchValues<char> PlainRest = SearchValues.Create(Letters + "0123456789._-/:# ,;()=+%");

    private static readonly SearchValues<char> DurationRest = SearchValues.Create("0123456789.hms");

    // Words that YAML 1.1 or 1.2 does not read as a text.
    private static readonly HashSet<string> Reserved = new(
        ["null", "true", "false", "yes", "no", "on", "off", "y", "n"], StringComparer.OrdinalIgnoreCase);

    private readonly Emitter emitter;

    public YamlSink(TextWriter writer)
    {
        emitter = new Emitter(writer, new EmitterSettings().WithBestWidth(int.MaxValue).WithNewLine("\n")
            .WithIndentedSequences());
        emitter.Emit(new StreamStart());
    }

    /// <summary>Begins a document.</summary>
    /// <param name="isFirst">Whether it is the first document and needs no <c>---</c>.</param>
    public void StartDocument(bool isFirst) => emitter.Emit(new DocumentStart(null, null, isImplicit: isFirst));

    public void EndDocument() => emitter.Emit(new DocumentEnd(isImplicit: true));

    public void EndStream() => emitter.Emit(new StreamEnd());

    public void StartObject() =>
        emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));

    public void EndObject() => emitter.Emit(new MappingEnd());

    public void StartList() =>
        emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));

    public void EndList() => emitter.Emit(new SequenceEnd());

    public void Name(string name) => Text(name);

    public void Text(string text) => Scalar(text, IsPlain(text) ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted);

    public void Number(long number) => Scalar(number.ToString(CultureInfo.InvariantCulture), ScalarStyle.Plain);

    public void Number(double number) => Scalar(number.ToString("R", CultureInfo.InvariantCulture), ScalarStyle.Plain);

    public void Flag(bool flag) => Scalar(flag ? "true" : "false", ScalarStyle.Plain);

    private void Scalar(string text, ScalarStyle style) =>
        emitter.Emit(
            new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true));

    private static bool IsPlain(string text) =>
        IsDuration(text)
        || (text.Length > 0 && PlainFirst.Contains(text[0]) && !text.AsSpan().ContainsAnyExcept(PlainRest)
            && text[^1] is not (':' or ' ')
            && !text.Contains(": ", StringComparison.Ordinal) && !text.Contains(" #", StringComparison.Ordinal)
                && !Reserved.Contains(text));

    // A duration: digits and units, ending with a unit. It starts like a number, but no reader reads it as one.
    private static bool IsDuration(string text) =>
        text.Length > 1 && char.IsAsciiDigit(text[0]) && text[^1] is 'h' or 'm' or 's' && !text.AsSpan()
            .ContainsAnyExcept(DurationRest);
}
