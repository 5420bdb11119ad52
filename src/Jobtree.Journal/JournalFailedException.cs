namespace Jobtree.Journal;

/// <summary>
/// The journal could not be written and takes nothing more. Records that were not yet acknowledged may or may not be
/// found when it is opened again; the acknowledged ones will be.
/// </summary>
public sealed class JournalFailedException : IOException
{
    private const int NoSpaceLeft = 28;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int LinuxQuotaExceeded = 122;
    private const int MacQuotaExceeded = 69;

    /// <summary>Creates it.</summary>
    /// <param name="folder">The journal's folder.</param>
    /// <param name="innerException">Why writing failed.</param>
    public JournalFailedException(string folder, Exception innerException)
        : base(Describe(folder, innerException), innerException) => IsDiskFull = MeansDiskFull(innerException);

    /// <summary>Whether the disk, or the user's share of it, is full.</summary>
    public bool IsDiskFull { get; }

    private static string Describe(string folder, Exception reason) => MeansDiskFull(reason)
        ? $"The disk is full: the journal in {folder} could not be written ({reason.Message}). Free some space and " +
            $"start again."
        : $"The journal in {folder} could not be written and takes nothing more: {reason.Message.TrimEnd('.')}.";

    /// <summary>The framework passes the system's error number on as the result of its exception.</summary>
    private static bool MeansDiskFull(Exception reason) => reason is IOException && (
        reason.HResult == WindowsDiskFull
        || (!OperatingSystem.IsWindows() && reason.HResult == NoSpaceLeft)
        || (OperatingSystem.IsLinux() && reason.HResult == LinuxQuotaExceeded)
        || (OperatingSystem.IsMacOS() && reason.HResult == MacQuotaExceeded));
}

/// <summary>
/// More waits to be written than the journal holds in memory: the disk is slower than those who append. The record was
/// not taken, and the same append may be tried again.
/// </summary>
/// <param name="bytes">How many bytes wait.</param>
public sealed class JournalFullException(long bytes)
    : IOException($"The journal has {bytes} bytes that the disk has not taken yet, and takes no more until it has.");
