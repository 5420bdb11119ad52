using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Serializers;
using Orleans.Serialization.WireProtocol;

namespace Jobtree.Grains.Wire;

/// <summary>
/// Serializes Jobtree's records between silos and clients as versioned JSON (see <see cref="WireJson"/>). Inside a silo
/// it passes them by reference: they are immutable, so a copy would only add cost. A message names its type, and only
/// types in <see cref="WireTypes"/> are ever created from one.
/// </summary>
[Alias("jobtree")]
internal sealed class WireCodec : IGeneralizedCodec, IGeneralizedCopier, IOptionalDeepCopier, ITypeFilter
{
    /// <summary>
    /// The version of the format. A reader refuses a later version. A change that old readers cannot skip needs a new
    /// number, and a release that reads both before any release writes it.
    /// </summary>
    public const byte Version = 1;

    private const uint TypeField = 0;
    private const uint ContentField = 1;

    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(
        ref Writer<TBufferWriter> writer, uint fieldIdDelta, [AllowNull] Type expectedType, [AllowNull] object value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType, value))
            return;
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(WireCodec), WireType.TagDelimited);
        var type = WireTypes.Written(value.GetType());
        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeaderExpected(TypeField, WireType.LengthPrefixed);
        writer.Session.TypeCodec.WriteLengthPrefixed(ref writer, type);
        var content = JsonSerializer.SerializeToUtf8Bytes(
            value, type.IsArray ? value.GetType() : type, WireJson.Options);
        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeaderExpected(ContentField, WireType.LengthPrefixed);
        writer.WriteVarUInt32((uint)content.Length + 1);
        writer.WriteByte(Version);
        writer.Write(content);
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public object? ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.IsReference)
            return ReferenceCodec.ReadReference(ref reader, field.FieldType);
        field.EnsureWireTypeTagDelimited();
        var placeholder = ReferenceCodec.CreateRecordPlaceholder(reader.Session);
        Type? type = null;
        object? value = null;
        var id = 0u;
        while (reader.ReadFieldHeader() is var header && !header.IsEndBaseOrEndObject)
        {
            id += header.FieldIdDelta;
            switch (id)
            {
                case TypeField:
                    ReferenceCodec.MarkValueField(reader.Session);
                    type = reader.Session.TypeCodec.ReadLengthPrefixed(ref reader);
                    break;
                case ContentField:
                    ReferenceCodec.MarkValueField(reader.Session);
                    value = Read(ref reader, type);
                    break;
                default:
                    reader.ConsumeUnknownField(header);
                    break;
            }
        }
        ReferenceCodec.RecordObject(reader.Session, value!, placeholder);
        return value;
    }

    bool IGeneralizedCodec.IsSupportedType(Type type) => type == typeof(WireCodec) || WireTypes.IsCarried(type);

    /// <summary>Tells Orleans not to request copies, and so not to box values.</summary>
    bool IOptionalDeepCopier.IsShallowCopyable() => true;

    bool IGeneralizedCopier.IsSupportedType(Type type) => WireTypes.IsCarried(type);

    /// <inheritdoc/>
    [return: NotNullIfNotNull(nameof(input))]
    public object? DeepCopy(object? input, CopyContext context) => input;

    /// <inheritdoc/>
    public bool? IsTypeAllowed(Type type) => type == typeof(WireCodec) || WireTypes.IsOurs(type) ? true : null;

    private static object? Read<TInput>(ref Reader<TInput> reader, Type? type)
    {
        var length = reader.ReadVarUInt32();
        if (type is null || !(WireTypes.IsCarried(type) || type.IsArray))
            throw new SerializerException(
                $"A message carries {type?.ToString() ?? "no type"}, which is none of Jobtree's records.");
        // The sender says the length: it must not make this silo reserve more than has been received.
        if (length is 0 || length > reader.Remaining)
            throw new SerializerException($"A message is broken: it says that {length} bytes follow, and " +
                $"{reader.Remaining} do.");
        if (reader.ReadByte() > Version)
            throw new SerializerException(
                $"A message is written in a later format than {Version}, the latest that this silo reads. Upgrade " +
                $"this silo first.");
        var size = (int)(length - 1);
        var bytes = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var content = bytes.AsSpan(0, size);
            reader.ReadBytes(content);
            return JsonSerializer.Deserialize(content, type, WireJson.Options);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
