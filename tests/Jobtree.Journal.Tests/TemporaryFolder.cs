namespace Jobtree.Journal.Tests;

/// <summary>A folder of its own for a test, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("jobtree-journal-").FullName;

    public string Of(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>How many files of a folder match a pattern.</summary>
    public int Count(string folder, string pattern) => Directory.GetFiles(Of(folder), pattern).Length;

    /// <summary>Moves files of a folder to one of their own.</summary>
    public string Move(string folder, params string[] names)
    {
        var moved = Directory.CreateDirectory(Of("moved")).FullName;
        foreach (var name in names)
            File.Move(System.IO.Path.Combine(Of(folder), name), System.IO.Path.Combine(moved, name));
        return moved;
    }

    /// <summary>Copies the files of a folder, without a journal's lock.</summary>
    public string CopyOf(string folder, string name)
    {
        var copy = Directory.CreateDirectory(Of(name)).FullName;
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            if (System.IO.Path.GetFileNameWithoutExtension(file) != "lock")
                File.Copy(file, System.IO.Path.Combine(copy, System.IO.Path.GetFileName(file)), overwrite: true);
        }
        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
