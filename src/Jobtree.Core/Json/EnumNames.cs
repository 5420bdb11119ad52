using System.Text;

namespace Jobtree.Core.Json;

/// <summary>
/// The names of an enumeration's members in UTF-8, as records write them. Members must be numbered from 0 without gaps.
/// </summary>
/// <typeparam name="TEnum">The enumeration.</typeparam>
internal static class EnumNames<TEnum>
    where TEnum : struct, Enum
{
    private static readonly TEnum[] Members = Enum.GetValues<TEnum>();
    private static readonly byte[][] Names = [.. Enum.GetNames<TEnum>().Select(Encoding.UTF8.GetBytes)];

    /// <summary>The name of a member.</summary>
    public static ReadOnlySpan<byte> Of(TEnum member) => Names[Array.IndexOf(Members, member)];

    /// <summary>Finds the member with a name.</summary>
    public static bool TryFind(ReadOnlySpan<byte> name, out TEnum member)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (name.SequenceEqual(Names[i]))
            {
                member = Members[i];
                return true;
            }
        }
        member = default;
        return false;
    }
}
