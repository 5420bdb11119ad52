using System.Text;
using Jobtree.Manifests.Reading;
using Jobtree.Manifests.Tree;

namespace Jobtree.Manifests;

/// <summary>
/// Texts that people or workloads give for others to read in a line: reasons and messages. What is one line here can be
/// shown on a terminal, and is valid in a manifest.
/// </summary>
public static class OneLine
{
    /// <summary>The most characters.</summary>
    public const int LengthMax = 1024;

    /// <summary>What is allowed, for messages.</summary>
    public static string Allowed { get; } = $"one line of at most {LengthMax} characters, without control characters";

    /// <summary>Whether a text is one line.</summary>
    /// <param name="text">The text.</param>
    public static bool Is(string text) => text.Length <= LengthMax && !text.Any(char.IsControl)
        && Names.IsLine(text) && TextRules.Fault(text) is null;

    /// <summary>The beginning of a text as one line. What is not allowed becomes a blank.</summary>
    /// <param name="text">The text.</param>
    public static string Of(string text)
    {
        if (Is(text))
            return text;
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var character = rune.ToString();
            if (line.Length + character.Length > LengthMax)
                break;
            line.Append(Is(character) ? character : " ");
        }
        return line.ToString();
    }
}
