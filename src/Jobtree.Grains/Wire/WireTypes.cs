using System.Reflection;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Grains.Wire;

/// <summary>
/// The types that messages carry in Jobtree's own format: the immutable records of the core, the manifests, the actors
/// and the grains, and compiler-generated read-only lists.
/// </summary>
internal static class WireTypes
{
    private static readonly Assembly[] Ours = [
        typeof(RunKey).Assembly, typeof(Manifest).Assembly, typeof(IRun).Assembly, typeof(WireTypes).Assembly];

    /// <summary>Whether a type is one of Jobtree's records or values.</summary>
    public static bool IsOurs(Type type) => Array.IndexOf(Ours, type.Assembly) >= 0;

    /// <summary>Whether <see cref="WireCodec"/> serializes values of a type.</summary>
    public static bool IsCarried(Type type) =>
        (IsOurs(type) && type is { IsAbstract: false, IsInterface: false } && !typeof(Delegate).IsAssignableFrom(type)
            && !typeof(Orleans.Runtime.IAddressable).IsAssignableFrom(type))
        || ElementOfMadeList(type) is not null;

    /// <summary>
    /// The type under which a value is written. A compiler-generated list for a collection expression has no stable
    /// type name, so its reader gets an array.
    /// </summary>
    public static Type Written(Type type) => ElementOfMadeList(type) is { } element ? element.MakeArrayType() : type;

    private static Type? ElementOfMadeList(Type type) =>
        type.IsGenericType && type.Name.StartsWith("<>z__ReadOnly", StringComparison.Ordinal)
            ? type.GetGenericArguments()[0] : null;
}
