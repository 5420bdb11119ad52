using System.Globalization;
using System.Text;

namespace Jobtree.Journal;

/// <summary>
/// The exclusive right to write a journal. It is held while the lock file is open; the system releases it if the
/// process dies.
/// </summary>
internal sealed class JournalLock : IDisposable
{
    private const int HolderBytesMax = 200;
    private readonly FileStream file;

    private JournalLock(FileStream file) => this.file = file;

    /// <summary>Takes the lock without waiting, or throws.</summary>
    /// <exception cref="JournalLockedException">Another holder has the lock.</exception>
    public static JournalLock Take(JournalFolder folder, TimeProvider time)
    {
        FileStream file;
        try
        {
            file = Open(folder.LockFile, FileMode.OpenOrCreate, FileShare.None);
        }
        catch (IOException exception) when (exception is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new JournalLockedException(folder.Root, Holder(folder.HolderFile), exception);
        }

        var since = time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        try
        {
            using var holder = Open(folder.HolderFile, FileMode.Create, FileShare.ReadWrite);
            holder.Write(Encoding.UTF8.GetBytes($"process {Environment.ProcessId} (since {since})"));
            return new JournalLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Releases the lock. The files stay, because removing them could remove the next holder's.</summary>
    public void Dispose() => file.Dispose();

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
