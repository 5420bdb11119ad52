using System.Buffers;
using System.Net;
using System.Reflection;
using Jobtree.Grains.Contracts;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Jobtree.Silo.Gateways;

/// <summary>
/// What may come in by a gateway. Orleans forwards whatever a client sends, to any grain and to its own services on any
/// silo, under any sender's name. Here a client speaks for itself only, calls only the grain that is made for clients,
/// and answers nobody.
/// </summary>
/// <param name="gateway">The gateway's endpoint.</param>
/// <param name="serializer">Reads what a client says of itself.</param>
internal sealed class ClientRules(IPEndPoint gateway, ObjectSerializer serializer)
{
    private const byte ObserverSeparator = (byte)'+';
    private const int NameLengthMax = 64;
    private static readonly GrainType Client = GrainType.Create("sys.client");
    private static readonly GrainType Operations = GrainType.Create(IOperationsGrain.GrainType);

    // A client asks it which grains there are.
    private static readonly GrainType Manifest = GrainType.Create("sys.svc.manifest");
    private static readonly Type PreambleType = Type.GetType(
        "Orleans.Runtime.Messaging.ConnectionPreamble, Orleans.Core", throwOnError: true)!;
    private static readonly PropertyInfo PreambleIdentity = PreambleType.GetProperty("NodeIdentity")
        ?? throw new InvalidOperationException("Orleans introduces clients in another way than is known here.");

    /// <summary>The id under which a client introduces itself.</summary>
    /// <param name="preamble">The introduction.</param>
    /// <param name="refusal">Why it is refused; null: it is not.</param>
    public GrainId Identify(ReadOnlySequence<byte> preamble, out string? refusal)
    {
        var introduced = serializer.Deserialize(preamble, PreambleType);
        var id = introduced?.GetType() == PreambleType ? (GrainId)PreambleIdentity.GetValue(introduced)! : default;
        // A silo is a client itself, under such a name: whoever takes it gets what other silos answer to that silo.
        refusal = id.Type == Client && !id.IsDefault && id.Key.AsSpan().Length > 0
            && !id.Key.AsSpan().StartsWith("hosted-"u8)
            && !id.Key.AsSpan().Contains(ObserverSeparator)
            ? null : $"it introduced itself as {Word(id)}";
        return id;
    }

    /// <summary>Why a message of a client is refused; null: it may pass.</summary>
    public string? Refusal(GrainId client, ClientFrame frame)
    {
        if (!IsOf(client, frame.Sender))
            return $"it sent in the name of {Word(frame.Sender)}";
        if (frame.Direction is not (FrameDirection.Request or FrameDirection.OneWay)
            || (frame.Flags & (FrameFlags.HasCacheInvalidation | FrameFlags.IsLocalOnly)) != 0)
            return "it sent what only silos send";
        return frame.Target.Type == Operations || (frame.Target.Type == Manifest && IsHere(frame.TargetSilo)) ? null
            : $"it called {Word(frame.Target)}";
    }

    private static bool IsOf(GrainId client, GrainId sender)
    {
        if (sender.Type != client.Type)
            return false;
        var own = client.Key.AsSpan();
        var given = sender.Key.AsSpan();
        return given.StartsWith(own) && (given.Length == own.Length || given[own.Length] == ObserverSeparator);
    }

    /// <summary>Orleans sends what is for another silo on, to whatever address the client gave.</summary>
    private bool IsHere(IPEndPoint? silo) => silo is not null && silo.Port == gateway.Port
        && (silo.Address.Equals(gateway.Address) || IPAddress.IsLoopback(silo.Address));

    private static string Word(GrainId id)
    {
        var text = id.IsDefault ? "nobody" : id.Type.ToString() ?? "";
        return string.Concat(text.Take(NameLengthMax)
            .Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' ? letter : '?'));
    }
}
