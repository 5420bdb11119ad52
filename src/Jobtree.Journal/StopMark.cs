using Microsoft.Extensions.Logging;

namespace Jobtree.Journal;

/// <summary>
/// What a clean stop leaves beside the log: the last record, which was durable then. So a log that ends earlier is
/// known to have lost records, where otherwise it could be that a crash cut off what was never acknowledged. The mark
/// stays true, but says less, when the log goes on. It is laid out as the header of a segment that would begin with the
/// next record.
/// </summary>
/// <param name="lastLsn">The log sequence number of the last record; 0 for none.</param>
/// <param name="journal">The identity of the journal.</param>
internal sealed partial class StopMark(long lastLsn, Guid journal)
{
    /// <summary>A mark belongs to no segment.</summary>
    private const int Number = 1;

    /// <summary>Whether there were records.</summary>
    public bool HasRecords => lastLsn > 0;

    /// <summary>Reads the mark; null if there is none.</summary>
    /// <exception cref="JournalDamagedException">The mark is damaged.</exception>
    public static StopMark? Read(JournalFolder folder)
    {
        try
        {
            using var window = new FileWindow(folder.StopFile);
            var header = FileHeader.Read(window.At(0, FileHeader.Bytes), window.Path, isSnapshot: false, Number);
            return new StopMark(header.FirstLsn - 1, header.Journal);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Leaves the mark. A failure is logged only: without the mark the next start knows less, and no record depends on
    /// it.
    /// </summary>
    public void Write(JournalFolder folder, IJournalDisk disk, ILogger logger)
    {
        try
        {
            var temporary = JournalFolder.Temporary(folder.StopFile);
            using (var file = disk.Open(temporary, FileMode.Create))
            {
                Span<byte> bytes = stackalloc byte[FileHeader.Bytes];
                bytes.Clear();
                new FileHeader(false, Number, lastLsn + 1, 0, 0, journal).Write(bytes);
                disk.Write(file, bytes, 0);
                disk.Flush(file);
            }
            File.Delete(folder.StopFile);
            disk.Publish(temporary, folder.StopFile);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            NotWritten(logger, failure);
        }
    }

    /// <summary>Checks that a log which was read to its end still has what it had.</summary>
    /// <param name="folder">The files of the log.</param>
    /// <param name="end">The end of the log.</param>
    /// <exception cref="JournalDamagedException">Records are gone, or the mark is of another journal.</exception>
    public void Check(JournalFolder folder, WalkEnd end)
    {
        if (journal != end.Header.Journal)
            throw new JournalDamagedException(
                folder.StopFile, 48, "the mark of a clean stop belongs to another journal");
        if (end.LastLsn < lastLsn)
            throw new JournalDamagedException(end.Path, end.Offset,
                $"the log ends with record {end.LastLsn}, but record {lastLsn} was durable when the host stopped. " +
                $"Restore the file from a copy, or remove {folder.StopFile} to go on without what is gone");
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The journal could not be marked as stopped. If its end is lost, the next start will not notice.")]
    private static partial void NotWritten(ILogger logger, Exception failure);
}
