using Jobtree.Actors.Operations;
using Jobtree.Manifests;
using Jobtree.Execution;

namespace Jobtree.Silo.Commands;

/// <summary>
/// The demo fleet: what a new data folder begins with unless it is to be empty. A marker in the folder remembers that
/// it is a demo; it is there before the journal, so a host that dies while it begins takes it up again.
/// </summary>
internal sealed class DemoFolder(string folder)
{
    private const string Unfinished = "This folder is to begin with the demo fleet.\n";
    private const string Finished = "This folder was begun with the demo fleet; its runs are simulated.\n";

    private readonly string marker = Path.Combine(folder, "demo");

    /// <summary>Whether nothing was ever kept in the folder.</summary>
    public bool IsNew { get; } = !Directory.Exists(Path.Combine(folder, "journal"));

    /// <summary>Whether the folder holds the demo.</summary>
    public bool IsDemo => File.Exists(marker);

    /// <summary>Whether the demo fleet has not wholly been applied.</summary>
    public bool IsUnfinished => IsDemo && File.ReadAllText(marker) is Unfinished or "";

    /// <summary>
    /// The executor asked for, else the one that the folder calls for: runs of the demo are simulated.
    /// </summary>
    public ExecutorKind ExecutorOr(ExecutorKind? asked) =>
        asked ?? (IsDemo ? ExecutorKind.Simulated : ExecutorKind.External);

    public Task Mark(CancellationToken cancellation) => File.WriteAllTextAsync(marker, Unfinished, cancellation);

    public async Task Begin(IOperations operations, CancellationToken cancellation)
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
        await Console.Out.WriteLineAsync(
            $"Began with a demo fleet of {applied.Count} documents; --empty begins without.");
    }
}
