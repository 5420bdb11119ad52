using System.Reflection;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Grains.Wire;

/// <summary>
/// Which types messages carry in our own format: the immutable records of the core, the manifests, the actors and the
/// grains, and read-only lists that the compiler makes.
/// </summary>
internal static class WireTypes
{
    private static readonly Assembly[] Ours = [
        typeof(RunKey).Assembly, typeof(Manifest).Assembly, typeof(IRun).Assembly, typeof(WireTypes).Assembly];

    /// <summary>Whether a type is one of our records or values.</summary>
    public static bool IsOurs(Type type) => Array.IndexOf(Ours, type.Assembly) >= 0;

    /// <summary>Whether values of a type go through <see cref="WireCodec"/>.</summary>
    public static bool IsCarried(Type type) =>
        (IsOurs(type) && type is { IsAbstract: false, IsInterface: false } && !typeof(Delegate).IsAssignableFrom(type)
            && !typeof(Orleans.Runtime.IAddressable).IsAssignableFrom(type))
        || ElementOfMadeList(type) is not null;

    /// <summary>
    /// The type under which a value is written. A list that the compiler made for a collection expression has a type
    /// without a lasting name, and is an array to its reader.
    /// </summary>
    public static Type Written(Type type) => ElementOfMadeList(type) is { } element ? element.MakeArrayType() : type;

    private static Type? ElementOfMadeList(Type type) =>
        type.IsGenericType && type.Name.StartsWith("<>z__ReadOnly", StringComparison.Ordinal)
            ? type.GetGenericArguments()[0] : null;
}
