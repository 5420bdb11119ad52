namespace Jobtree.Monitoring;

/// <summary>A file that is made from others.</summary>
/// <param name="Path">Where it is, from the root of the repository, with slashes.</param>
/// <param name="Content">Its text.</param>
internal sealed record GeneratedFile(string Path, string Content);

/// <summary>The repository's files.</summary>
/// <param name="root">Its root folder.</param>
internal sealed class Repository(string root)
{
    /// <summary>The root folder.</summary>
    public string Root => root;

    /// <summary>Whether a generated file is there and up to date.</summary>
    public bool Has(GeneratedFile file) => File.Exists(Full(file.Path)) && Read(file.Path) == file.Content;

    /// <summary>Whether there is such a folder.</summary>
    public bool HasFolder(string folder) => Directory.Exists(Full(folder));

    /// <summary>Reads a file.</summary>
    public string Read(string path) => File.ReadAllText(Full(path));

    /// <summary>The files of a folder with this ending, in order of their names.</summary>
    public IReadOnlyList<string> List(string folder, string ending) =>
    [
        .. Directory.EnumerateFiles(Full(folder), $"*{ending}").Order(StringComparer.Ordinal)
            .Select(path => $"{folder}/{Path.GetFileName(path)}"),
    ];

    /// <summary>Writes a generated file.</summary>
    public void Write(GeneratedFile file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Full(file.Path))!);
        File.WriteAllText(Full(file.Path), file.Content);
    }

    /// <summary>Deletes a file.</summary>
    public void Delete(string path) => File.Delete(Full(path));

    private string Full(string path) => Path.Combine(root, path);
}
