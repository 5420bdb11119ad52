namespace Jobtree.Bench;

/// <summary>A folder that is gone when it is disposed of.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public ScratchFolder(string path)
    {
        Path = path;
        Directory.CreateDirectory(path);
    }

    public string Path { get; }

    /// <summary>What its files take.</summary>
    public long Bytes => new DirectoryInfo(Path).EnumerateFiles("*", SearchOption.AllDirectories)
        .Sum(static file => file.Exists ? file.Length : 0);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
