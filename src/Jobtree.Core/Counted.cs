using System.Globalization;

namespace Jobtree.Core;

/// <summary>Numbers of things in sentences: <c>1 GPU</c>, <c>8 GPUs</c>.</summary>
public static class Counted
{
    /// <summary>A number of things.</summary>
    /// <param name="count">The number.</param>
    /// <param name="thing">One of the things; its plural ends with an s.</param>
    public static string Of(long count, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");

    /// <summary>A number of things that are something.</summary>
    /// <param name="count">The number.</param>
    /// <param name="thing">One of the things; its plural ends with an s.</param>
    public static string Are(long count, string thing) => $"{Of(count, thing)} {(count == 1 ? "is" : "are")}";
}
