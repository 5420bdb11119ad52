namespace Jobtree.Silo.Tests.Journals;

/// <summary>A folder of its own for a test, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("jobtree-silo-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
