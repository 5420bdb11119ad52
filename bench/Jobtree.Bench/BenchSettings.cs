namespace Jobtree.Bench;

/// <summary>What holds for every bench.</summary>
/// <param name="Folder">Where journals are written; below it each measurement has a folder of its own, removed when it
/// is done.</param>
/// <param name="Quick">Whether to measure shortly and at fewer sizes: to see that it works, not to quote.</param>
internal sealed record BenchSettings(string Folder, bool Quick)
{
    public TimeSpan WarmUp => TimeSpan.FromSeconds(Quick ? 1 : 3);

    public TimeSpan Duration => TimeSpan.FromSeconds(Quick ? 2 : 5);

    public const int Repeats = 3;

    public ScratchFolder NewFolder() => new(Path.Combine(Folder, Path.GetRandomFileName()));
}
