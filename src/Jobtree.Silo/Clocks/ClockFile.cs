using System.Globalization;

namespace Jobtree.Silo.Clocks;

/// <summary>
/// The ledger's time as it was a moment ago, in a file of the data folder, for the next process. It need not survive a
/// power failure: without it the next process begins at the wall clock.
/// </summary>
/// <param name="folder">The data folder.</param>
internal sealed class ClockFile(string folder)
{
    /// <summary>How often it is written.</summary>
    public static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(10);

    private readonly string path = Path.Combine(folder, "clock");

    /// <summary>Reads the time of the process before; null: there was none, or it is not known.</summary>
    public DateTimeOffset? Read()
    {
        try
        {
            return DateTimeOffset.TryParseExact(File.ReadAllText(path).TrimEnd(), "O", CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out var time) ? time : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes the time. A disk that refuses it refuses the journal as well, which tells of that.</summary>
    public void Write(DateTimeOffset time)
    {
        try
        {
            File.WriteAllText(path + ".tmp", time.ToString("O", CultureInfo.InvariantCulture) + "\n");
            File.Move(path + ".tmp", path, overwrite: true);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The next process knows an earlier time, or none.
        }
    }
}
