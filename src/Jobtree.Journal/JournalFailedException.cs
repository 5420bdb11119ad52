namespace Jobtree.Journal;

/// <summary>
/// The journal could not be written and accepts no more appends. Acknowledged records will be found when it is opened
/// again; records not yet acknowledged may or may not be.
/// </summary>
public sealed class JournalFailedException : IOException
{
    private const int NoSpaceLeft = 28;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int LinuxQuotaExceeded = 122;
    private const int MacQuotaExceeded = 69;

    /// <summary>Creates the exception.</summary>
    /// <param name="folder">The journal's folder.</param>
    /// <param name="innerException">Why writing failed.</param>
    public JournalFailedException(string folder, Exception innerException)
        : base(Describe(folder, innerException), innerException) => IsDiskFull = MeansDiskFull(innerException);

    /// <summary>Whether the disk, or the user's quota on it, is full.</summary>
    public bool IsDiskFull { get; }

    private static string Describe(string folder, Exception reason) => MeansDiskFull(reason)
        ? $"The disk is full: the journal in {folder} could not be written ({reason.Message}). Free some space and " +
            $"start again."
        : $"The journal in {folder} could not be written and takes nothing more: {reason.Message.TrimEnd('.')}.";

    /// <summary>The framework exposes the system's error number as the exception's <c>HResult</c>.</summary>
    private static bool MeansDiskFull(Exception reason) => reason is IOException && (
        reason.HResult == WindowsDiskFull
        || (!OperatingSystem.IsWindows() && reason.HResult == NoSpaceLeft)
        || (OperatingSystem.IsLinux() && reason.HResult == LinuxQuotaExceeded)
        || (OperatingSystem.IsMacOS() && reason.HResult == MacQuotaExceeded));
}

/// <summary>
/// The journal's buffer is full: the disk is slower than the callers. The record was not appended, and the same append
/// may be retried.
/// </summary>
/// <param name="bytes">How many bytes are waiting.</param>
public sealed class JournalFullException(long bytes)
    : IOException($"The journal has {bytes} bytes that the disk has not taken yet, and takes no more until it has.");
