namespace Jobtree.Actors.Ports;

/// <summary>Keeps nothing: for state files, simulation and benches.</summary>
public sealed class NoJournal : IJournal
{
    private NoJournal()
    {
    }

    /// <summary>The one there is.</summary>
    public static NoJournal Instance { get; } = new();

    /// <inheritdoc/>
    public Task Append(long sequence, ReadOnlySpan<byte> record) => Task.CompletedTask;
}
