using System.Text;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.Manifests;
using Jobtree.Cli.State;

namespace Jobtree.Cli.Sessions;

/// <summary>A fleet in memory, made from a state file that is replaced when something was changed.</summary>
/// <param name="file">The file.</param>
/// <param name="exclusive">The lock, held until the session ends; absent when the command only reads.</param>
/// <param name="fleet">The fleet.</param>
internal sealed class StateSession(StateFile file, StateLock? exclusive, IStateFleet fleet) : IFleetSession
{
    public IOperations Operations => fleet.Operations;

    public HttpRunLogs? Logs => null;

    public bool Live => false;

    public async Task<Problem?> Commit(CancellationToken cancellation)
    {
        if (exclusive is null)
            throw new InvalidOperationException("A command that only reads does not replace the state file.");
        var text = Encoding.UTF8.GetBytes(ManifestText.WriteYaml(await fleet.Export(cancellation)));
        // A file that could not be read back would cost the fleet, so it never takes the place of one that can.
        return ManifestText.ReadState(text, "The new state").Succeeded(out _, out var unreadable)
            ? await file.Replace(text, cancellation)
            : unreadable with { Detail = $"{unreadable.Detail} Nothing was changed." };
    }

    public ValueTask DisposeAsync()
    {
        exclusive?.Dispose();
        return ValueTask.CompletedTask;
    }
}
