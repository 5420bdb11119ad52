using Jobtree.Actors.Operations;
using Jobtree.Manifests;
using Jobtree.Execution;

namespace Jobtree.Silo.Commands;

/// <summary>
/// The demo fleet, the initial content of a new data folder unless an empty one is requested. A marker file identifies
/// the folder as a demo. It is written before the journal, so that an interrupted start can be completed.
/// </summary>
internal sealed class DemoFolder(string folder)
{
    private const string Unfinished = "This folder is to begin with the demo fleet.\n";
    private const string Finished = "This folder was begun with the demo fleet; its runs are simulated.\n";

    private readonly string marker = Path.Combine(folder, "demo");

    /// <summary>Whether the folder has never held data.</summary>
    public bool IsNew { get; } = !Directory.Exists(Path.Combine(folder, "journal"));

    /// <summary>Whether the folder holds the demo.</summary>
    public bool IsDemo => File.Exists(marker);

    /// <summary>Whether the demo fleet has not been applied completely.</summary>
    public bool IsUnfinished => IsDemo && File.ReadAllText(marker) is Unfinished or "";

    /// <summary>The requested executor, else the folder's default: runs of the demo are simulated.</summary>
    public ExecutorKind ExecutorOr(ExecutorKind? asked) =>
        asked ?? (IsDemo ? ExecutorKind.Simulated : ExecutorKind.External);

    public Task Mark(CancellationToken cancellation) => File.WriteAllTextAsync(marker, Unfinished, cancellation);

    public async Task Begin(IOperations operations, Action<string> say, CancellationToken cancellation)
    {
        await using var resource = typeof(DemoFolder).Assembly.GetManifestResourceStream("demo.yaml")!;
        using var reader = new StreamReader(resource);
        var read = ManifestReader.Read(await reader.ReadToEndAsync(cancellation));
        if (!read.IsValid)
            throw new InvalidOperationException($"The demo fleet is not valid: {read.Errors[0]}");
        if (!(await operations.Apply(read.Manifests, "demo", cancellation: cancellation))
            .Succeeded(out var applied, out var problem))
            throw new InvalidOperationException($"The demo fleet was refused: {problem.Detail}");
        await File.WriteAllTextAsync(marker, Finished, cancellation);
        say($"Began with a demo fleet of {applied.Count} documents; --empty begins without.");
    }
}
