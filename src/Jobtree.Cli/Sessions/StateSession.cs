using System.Text;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.Manifests;
using Jobtree.Cli.SigningIn;
using Jobtree.Cli.State;
using Jobtree.Manifests;

namespace Jobtree.Cli.Sessions;

/// <summary>An in-memory fleet, created from a state file. The file is replaced if the fleet changed.</summary>
/// <param name="file">The file.</param>
/// <param name="exclusive">The lock, held until the session ends; absent if the command only reads.</param>
/// <param name="fleet">The fleet.</param>
internal sealed class StateSession(StateFile file, StateLock? exclusive, IStateFleet fleet) : IFleetSession
{
    public IOperations Operations => fleet.Operations;

    public IAsyncEnumerable<Manifest> Export(CancellationToken cancellation) => fleet.Export(cancellation);

    public HttpRunLogs? Logs => null;

    public HttpAuditLog? AuditLog => null;

    public HttpIdentity? Identity => null;

    public ServerSignIn? SignIn => null;

    public HttpCluster? Cluster => null;

    public bool Live => false;

    public async Task<Problem?> Commit(CancellationToken cancellation)
    {
        if (exclusive is null)
            throw new InvalidOperationException("A command that only reads does not replace the state file.");
        var documents = await fleet.Export(cancellation).ToListAsync(cancellation);
        var text = Encoding.UTF8.GetBytes(ManifestText.WriteYaml(documents));
        // A file that cannot be read back would lose the fleet, so it must never replace a readable one.
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
