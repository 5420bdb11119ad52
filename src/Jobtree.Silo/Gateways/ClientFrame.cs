using System.Buffers;
using System.Net;
using Orleans.Runtime;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;

namespace Jobtree.Silo.Gateways;

/// <summary>
/// What the header of an Orleans message says of who sends what to whom. Orleans believes the sender, and has no public
/// way to look before a message is routed; so this reads the first fields of the header, in the order in which
/// <c>MessageSerializer</c> of Orleans 10 reads them.
/// </summary>
/// <param name="Direction">Request, response or one-way.</param>
/// <param name="Flags">The header's flags.</param>
/// <param name="Sender">Who says that it sends.</param>
/// <param name="Target">Whom it is for.</param>
/// <param name="TargetSilo">The silo that it is for; absent: whichever has the target.</param>
internal readonly record struct ClientFrame(
    FrameDirection Direction, FrameFlags Flags, GrainId Sender, GrainId Target, IPEndPoint? TargetSilo)
{
    private const int DirectionShift = 16;
    private const uint DirectionMask = 0xF;

    /// <summary>Reads a header.</summary>
    public static ClientFrame Read(ReadOnlySequence<byte> header)
    {
        // Nothing that is read here refers to other parts of a message, so no session is needed.
        var reader = Reader.Create(header, null!);
        var fields = reader.ReadUInt32();
        reader.ReadInt64();
        var sender = ReadGrainId(ref reader);
        var target = ReadGrainId(ref reader);
        ReadSilo(ref reader);
        return new ClientFrame((FrameDirection)(fields >> DirectionShift & DirectionMask),
            (FrameFlags)(ushort)fields, sender, target, ReadSilo(ref reader));
    }

    private static GrainId ReadGrainId<TInput>(ref Reader<TInput> reader)
    {
        var type = IdSpanCodec.ReadRaw(ref reader);
        return new GrainId(new GrainType(type), IdSpanCodec.ReadRaw(ref reader));
    }

    private static IPEndPoint? ReadSilo<TInput>(ref Reader<TInput> reader)
    {
        var length = reader.ReadVarUInt32();
        if (length == 0)
            return null;
        var bytes = Reader.Create(reader.ReadBytes(length), null!);
        bytes.ReadInt32();
        var address = IPAddressCodec.ReadRaw(ref bytes);
        return new IPEndPoint(address, (int)bytes.ReadVarUInt32());
    }
}

/// <summary>The directions of messages.</summary>
internal enum FrameDirection
{
    /// <summary>None.</summary>
    None,

    /// <summary>A call.</summary>
    Request,

    /// <summary>An answer.</summary>
    Response,

    /// <summary>A call without an answer.</summary>
    OneWay,
}

/// <summary>The flags of messages that are looked at.</summary>
[Flags]
internal enum FrameFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>It tells silos where grains are not any more.</summary>
    HasCacheInvalidation = 1 << 7,

    /// <summary>It must not leave the process in which it was made.</summary>
    IsLocalOnly = 1 << 9,
}
