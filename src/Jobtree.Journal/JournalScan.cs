namespace Jobtree.Journal;

/// <summary>
/// Reads a journal from its first record, changing nothing and taking no lock; a host may be writing it meanwhile.
/// </summary>
public static class JournalScan
{
    /// <summary>Hands over every record from the first one of the first segment on.</summary>
    /// <param name="folder">The journal's folder.</param>
    /// <param name="reader">Receives the records; no states.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>What was read; the torn end names what a recovery would drop, or what a living host has not written to
    /// its end yet.</returns>
    /// <exception cref="JournalDamagedException">A segment is missing or damaged; every record before that place was
    /// handed over.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static RecoveryReport Read(string folder, IJournalReader reader, CancellationToken cancellation = default)
    {
        var files = new JournalFolder(folder);
        var segments = files.Segments();
        if (segments.Count == 0)
        {
            return files.Snapshots().Count == 0
                ? new RecoveryReport()
                : throw new JournalDamagedException(
                    files.Segment(1), 0, "the segment is missing: there are snapshots, but no records");
        }

        if (segments[0] != 1)
            throw new JournalDamagedException(
                files.Segment(1), 0, "the segment is missing: the log is read from its first record");
        var walker = new LogWalker(files, new ActorSequences(int.MaxValue), reader, cancellation);
        var end = walker.Walk(1, 1, null);
        return new RecoveryReport
        {
            Records = walker.Records,
            Segments = walker.Segments,
            Bytes = walker.Bytes,
            LastLsn = end.LastLsn,
            TornTail = end.Torn,
        };
    }
}
