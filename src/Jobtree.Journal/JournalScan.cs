namespace Jobtree.Journal;

/// <summary>
/// Reads a journal from its first record. It changes nothing and takes no lock, so a host may be writing at the same
/// time.
/// </summary>
public static class JournalScan
{
    /// <summary>Passes on every record, starting with the first record of the first segment.</summary>
    /// <param name="folder">The journal's folder.</param>
    /// <param name="reader">Receives the records, and which actors were forgotten and restored; it receives no states
    /// of snapshots.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>What was read. A torn tail is what recovery would drop, or what a live host has not finished
    /// writing.</returns>
    /// <exception cref="JournalDamagedException">A segment is missing or damaged; every record before that place was
    /// passed on.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static RecoveryReport Read(string folder, IJournalReader reader, CancellationToken cancellation = default)
    {
        var files = new JournalFolder(folder);
        if (files.Segments() is [> 1, ..])
            throw new JournalDamagedException(
                files.Segment(1), 0, "the segment is missing: the log is read from its first record");
        return KeptLog.Begin(files, reader, cancellation).Read(cancellation);
    }
}
