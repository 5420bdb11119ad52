using System.Collections.Concurrent;
using System.Reflection;
using Jobtree.Actors.Ports;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>An actor, reached by messages: each call of its port becomes one, whatever methods the port has.</summary>
internal class PortProxy : DispatchProxy
{
    private static readonly ConcurrentDictionary<MethodInfo, Func<PortProxy, object?[], object>> Senders = [];
    private static readonly MethodInfo Typed =
        typeof(PortProxy).GetMethod(nameof(SendFor), BindingFlags.NonPublic | BindingFlags.Static)!;

    private Network network = null!;
    private Silo from = null!;
    private ActorKey to;

    /// <summary>The way from a silo to an actor.</summary>
    /// <typeparam name="TPort">The actor's port.</typeparam>
    public static TPort To<TPort>(Network network, Silo from, ActorKey to)
        where TPort : class
    {
        var port = Create<TPort, PortProxy>();
        var proxy = (PortProxy)(object)port;
        (proxy.network, proxy.from, proxy.to) = (network, from, to);
        return port;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        Senders.GetOrAdd(targetMethod!, SenderOf)(this, args ?? []);

    private static Func<PortProxy, object?[], object> SenderOf(MethodInfo method)
    {
        if (method.ReturnType == typeof(ValueTask))
            return (proxy, args) => new ValueTask(proxy.Send(method, args, async (actor, with) =>
            {
                await (ValueTask)Call(method, actor, with);
                return true;
            }).AsTask());
        return (Func<PortProxy, object?[], object>)Typed.MakeGenericMethod(method.ReturnType.GetGenericArguments())
            .Invoke(null, [method])!;
    }

    private static Func<PortProxy, object?[], object> SendFor<T>(MethodInfo method) => (proxy, args) =>
        new ValueTask<T>(proxy.Send(
            method, args, (actor, with) => (ValueTask<T>)Call(method, actor, with)).AsTask());

    private static object Call(MethodInfo method, object actor, object?[] args) =>
        method.Invoke(actor, BindingFlags.DoNotWrapExceptions, null, args, null)!;

    private ValueTask<T> Send<T>(MethodInfo method, object?[] args, Func<object, object?[], ValueTask<T>> call) =>
        network.Send(from, to, method.Name, host => host.Serve(method.Name, args, call), IsRepeatable(method));

    /// <summary>
    /// Whether a second message with the same content is harmless by the actors' own rules: facts are delivered at
    /// least once, and commands to runs carry an id.
    /// </summary>
    private static bool IsRepeatable(MethodInfo method) =>
        (method.DeclaringType == typeof(IRun) && method.Name != nameof(IRun.Get))
        || (method.DeclaringType == typeof(IEnvelope) && method.Name == nameof(IEnvelope.Notify));
}
