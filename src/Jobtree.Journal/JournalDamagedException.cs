namespace Jobtree.Journal;

/// <summary>
/// A journal file does not hold what was written to it. Nothing is skipped or repaired: an operator must restore the
/// file from a copy or decide otherwise.
/// </summary>
public sealed class JournalDamagedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="offset">The first byte that cannot be trusted.</param>
    /// <param name="what">What is wrong, as a sentence without its full stop.</param>
    public JournalDamagedException(string file, long offset, string what)
        : base($"The journal is damaged in {file} at offset {offset}: {what}.")
    {
        File = file;
        Offset = offset;
    }

    /// <summary>The path of the file.</summary>
    public string File { get; }

    /// <summary>The first byte that cannot be trusted.</summary>
    public long Offset { get; }
}
