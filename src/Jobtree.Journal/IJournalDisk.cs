using Microsoft.Win32.SafeHandles;

namespace Jobtree.Journal;

/// <summary>The writes of a journal, so that tests can let them fail or record them.</summary>
public interface IJournalDisk
{
    /// <summary>Opens a file for reading and writing; a new one is readable by its owner only.</summary>
    SafeFileHandle Open(string path, FileMode mode);

    /// <summary>Writes all the bytes at an offset.</summary>
    void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Sets the length of a file.</summary>
    void SetLength(SafeFileHandle file, long bytes);

    /// <summary>Returns when all that was written to the file is on the disk.</summary>
    void Flush(SafeFileHandle file);

    /// <summary>Returns when the names in a folder are on the disk.</summary>
    void FlushFolder(string folder);

    /// <summary>Gives a file its final name, replacing nothing, and returns when that is on the disk.</summary>
    void Publish(string temporaryPath, string path);
}
