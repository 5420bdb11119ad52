namespace Jobtree.Simulation.Traces;

/// <summary>Text of a file as it may be shown.</summary>
internal static class PrintableText
{
    /// <summary>The text, with a question mark for each unprintable character.</summary>
    public static string Of(string text) => string.Concat(text.Select(c => IsUnprintable(c) ? '?' : c));

    /// <summary>
    /// Control characters could drive a terminal. Control characters and non-characters are not allowed in the report's
    /// page.
    /// </summary>
    public static bool IsUnprintable(char c) => char.IsControl(c) || c is '\uFFFE' or '\uFFFF';
}
