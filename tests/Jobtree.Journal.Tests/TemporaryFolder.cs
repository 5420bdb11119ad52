namespace Jobtree.Journal.Tests;

/// <summary>A folder of its own for a test, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("jobtree-journal-").FullName;

    public string Of(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>How many files of a folder match a pattern.</summary>
    public int Count(string folder, string pattern) => Directory.GetFiles(Of(folder), pattern).Length;

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
