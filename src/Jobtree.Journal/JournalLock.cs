using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>
/// The exclusive right to write a journal: a lock on the folder itself, which nobody can remove while it is in use, and
/// on a file in it, which earlier versions respect and which serves where folders cannot be locked. The system releases
/// both if the process dies.
/// </summary>
internal sealed partial class JournalLock : IDisposable
{
    private const int HolderBytesMax = 200;
    private const int Exclusive = 2;
    private const int WithoutWaiting = 4;
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;
    private const int CloseInChildrenOnLinux = 0x80000;
    private const int CloseInChildrenOnMac = 0x1000000;

    private readonly SafeFileHandle? folder;
    private readonly FileStream file;

    private JournalLock(SafeFileHandle? folder, FileStream file) => (this.folder, this.file) = (folder, file);

    /// <summary>Takes the lock without waiting, or throws.</summary>
    /// <exception cref="JournalLockedException">Another holder has the lock.</exception>
    public static JournalLock Take(JournalFolder folder, TimeProvider time)
    {
        SafeFileHandle? locked = null;
        FileStream? file = null;
        try
        {
            locked = LockFolder(folder);
            file = LockFile(folder);
            var since = time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            using var holder = Open(folder.HolderFile, FileMode.Create, FileShare.ReadWrite);
            holder.Write(Encoding.UTF8.GetBytes($"process {Environment.ProcessId} (since {since})"));
            return new JournalLock(locked, file);
        }
        catch
        {
            file?.Dispose();
            locked?.Dispose();
            throw;
        }
    }

    /// <summary>Releases the lock. The files stay, because removing them could remove the next holder's.</summary>
    public void Dispose()
    {
        file.Dispose();
        folder?.Dispose();
    }

    /// <summary>Locks the folder; null: the system or its file system has no such locks.</summary>
    private static SafeFileHandle? LockFolder(JournalFolder folder)
    {
        if (OperatingSystem.IsWindows())
            return null;
        var opened = new SafeFileHandle(
            OpenDescriptor(folder.Root, OperatingSystem.IsMacOS() ? CloseInChildrenOnMac : CloseInChildrenOnLinux),
            ownsHandle: true);
        if (!opened.IsInvalid && Lock(opened, Exclusive | WithoutWaiting) == 0)
            return opened;
        var error = Marshal.GetLastPInvokeError();
        opened.Dispose();
        return error is not (WouldBlockOnLinux or WouldBlockOnMac) ? null
            : throw new JournalLockedException(folder.Root, Holder(folder.HolderFile),
                new IOException(Marshal.GetPInvokeErrorMessage(error), error));
    }

    private static FileStream LockFile(JournalFolder folder)
    {
        try
        {
            return Open(folder.LockFile, FileMode.OpenOrCreate, FileShare.None);
        }
        catch (IOException exception) when (exception is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new JournalLockedException(folder.Root, Holder(folder.HolderFile), exception);
        }
    }

    private static FileStream Open(string path, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share,
            BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private static string Holder(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> bytes = stackalloc byte[HolderBytesMax];
            var text = Encoding.UTF8.GetString(bytes[..RandomAccess.Read(file, bytes, 0)]);
            return text.StartsWith("process ", StringComparison.Ordinal) && !text.Any(char.IsControl) ? text : "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Lock(SafeFileHandle descriptor, int operation);
}

/// <summary>Another process, or another part of this one, has the journal open.</summary>
public sealed class JournalLockedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="folder">The journal's folder.</param>
    /// <param name="holder">The holder, as it described itself; empty if unknown.</param>
    /// <param name="innerException">Why the lock could not be taken.</param>
    public JournalLockedException(string folder, string holder, Exception innerException)
        : base(
            $"The journal in {folder} is in use by {(holder.Length > 0 ? holder : "another process")}; stop it, or " +
            $"choose another folder.",
            innerException)
    {
    }
}
