namespace Jobtree.Execution.Processes;

/// <summary>Makes what somebody has given fit for one line of a message.</summary>
internal static class OneLine
{
    private const int LengthMax = 256;

    /// <summary>The text without control characters, and not too long.</summary>
    /// <param name="text">The text.</param>
    public static string Of(string text)
    {
        var clean = string.Concat(text.Take(LengthMax).Select(static c => char.IsControl(c) ? '?' : c));
        return text.Length > LengthMax ? clean + '…' : clean;
    }
}
