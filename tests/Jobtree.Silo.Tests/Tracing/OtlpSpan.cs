using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Jobtree.Silo.Tests.Tracing;

/// <summary>A span as a collector gets it, with what tests ask for.</summary>
/// <param name="Service">The service name of its resource.</param>
/// <param name="TraceId">Its trace, in hexadecimal.</param>
/// <param name="Id">Its id, in hexadecimal.</param>
/// <param name="Parent">Its parent's id; empty: it is a root.</param>
/// <param name="Name">Its name.</param>
/// <param name="Attributes">Its attributes that are texts or numbers.</param>
internal sealed record OtlpSpan(string Service, string TraceId, string Id, string Parent, string Name,
    IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>
    /// Reads the spans of an export request, or of several one after another: fields that repeat may be joined.
    /// </summary>
    public static IReadOnlyList<OtlpSpan> Read(ReadOnlyMemory<byte> request)
    {
        var spans = new List<OtlpSpan>();
        foreach (var (_, resourceSpans) in Messages(request, 1))
        {
            var resource = Messages(resourceSpans, 1).SelectMany(message => PairsOf(message.Body, 1))
                .ToDictionary();
            foreach (var (_, scope) in Messages(resourceSpans, 2))
                spans.AddRange(Messages(scope, 2).Select(span => Span(span.Body, resource["service.name"])));
        }
        return spans;
    }

    private static OtlpSpan Span(ReadOnlyMemory<byte> span, string service)
    {
        var fields = Fields(span).Where(field => field.Number is 1 or 2 or 4 or 5)
            .ToDictionary(field => field.Number, field => field.Body);
        return new OtlpSpan(service, Hex(fields, 1), Hex(fields, 2), Hex(fields, 4),
            Encoding.UTF8.GetString(fields[5].Span), PairsOf(span, 9).ToDictionary());
    }

    private static string Hex(Dictionary<int, ReadOnlyMemory<byte>> fields, int number) =>
        fields.TryGetValue(number, out var bytes) ? Convert.ToHexStringLower(bytes.Span) : "";

    // A pair has a key in field 1 and in field 2 a value, which has a text in its field 1 or a whole number in field 3.
    private static IEnumerable<KeyValuePair<string, string>> PairsOf(ReadOnlyMemory<byte> message, int number)
    {
        foreach (var (_, pair) in Messages(message, number))
        {
            var key = Encoding.UTF8.GetString(Messages(pair, 1).Single().Body.Span);
            foreach (var (kind, body) in Messages(pair, 2).SelectMany(value => Fields(value.Body)))
            {
                if (kind is 1 or 3)
                    yield return KeyValuePair.Create(key, kind == 1 ? Encoding.UTF8.GetString(body.Span)
                        : BinaryPrimitives.ReadInt64LittleEndian(body.Span).ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    private static IEnumerable<(int Number, ReadOnlyMemory<byte> Body)> Messages(
        ReadOnlyMemory<byte> message, int number) => Fields(message).Where(field => field.Number == number);

    private static List<(int Number, ReadOnlyMemory<byte> Body)> Fields(ReadOnlyMemory<byte> message)
    {
        var fields = new List<(int, ReadOnlyMemory<byte>)>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            switch (tag & 7)
            {
                case 0:
                    var number = new byte[sizeof(ulong)];
                    BinaryPrimitives.WriteUInt64LittleEndian(number, Varint(message.Span, ref at));
                    fields.Add(((int)(tag >> 3), number));
                    break;
                case 1:
                    at += sizeof(ulong);
                    break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    fields.Add(((int)(tag >> 3), message.Slice(at, length)));
                    at += length;
                    break;
                case 5:
                    at += sizeof(uint);
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7} is none of the format.");
            }
        }
        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
