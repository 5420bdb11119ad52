namespace Jobtree.Journal;

/// <summary>
/// The journal could not be written and takes nothing more. Records that were not yet acknowledged may or may not be
/// found when it is opened again; the acknowledged ones will be.
/// </summary>
public sealed class JournalFailedException : IOException
{
    /// <summary>Creates it.</summary>
    /// <param name="folder">The journal's folder.</param>
    /// <param name="innerException">Why writing failed.</param>
    public JournalFailedException(string folder, Exception innerException)
        : base($"The journal in {folder} could not be written and is closed to further records: {innerException.Message}", innerException)
    {
    }
}
