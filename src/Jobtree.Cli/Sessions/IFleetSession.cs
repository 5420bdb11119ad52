using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.SigningIn;
using Jobtree.Manifests;

namespace Jobtree.Cli.Sessions;

/// <summary>The fleet of a command, open while the command runs.</summary>
internal interface IFleetSession : IAsyncDisposable
{
    /// <summary>The operations of the fleet.</summary>
    IOperations Operations { get; }

    /// <summary>The whole fleet as the documents of a state file.</summary>
    /// <param name="cancellation">Ends the stream.</param>
    IAsyncEnumerable<Manifest> Export(CancellationToken cancellation);

    /// <summary>The output of its runs; absent if runs are not executed.</summary>
    HttpRunLogs? Logs { get; }

    /// <summary>Who changed what; absent: nobody keeps that.</summary>
    HttpAuditLog? AuditLog { get; }

    /// <summary>Who the caller is; absent: nobody asks.</summary>
    HttpIdentity? Identity { get; }

    /// <summary>Signs somebody in; absent: nobody needs to.</summary>
    ServerSignIn? SignIn { get; }

    /// <summary>What the store of its cluster has lost; absent: it is none.</summary>
    HttpCluster? Cluster { get; }

    /// <summary>Whether others may change the fleet while the command runs.</summary>
    bool Live { get; }

    /// <summary>Makes the changes durable. Nothing is reported as done before this succeeds.</summary>
    /// <param name="cancellation">Cancels before anything is saved.</param>
    /// <returns>The problem, or none.</returns>
    Task<Problem?> Commit(CancellationToken cancellation);
}

/// <summary>How a command uses a fleet.</summary>
internal enum Access
{
    /// <summary>Read-only: a state file is neither locked nor changed.</summary>
    Read,

    /// <summary>Read and write: a state file is locked and replaced.</summary>
    Change,

    /// <summary>Read and write, without requiring a state file: a missing one is created.</summary>
    Create,

    /// <summary>Read-only, without requiring a state file: a missing one is an empty fleet.</summary>
    DryRun,

    /// <summary>Signing in or out: no token is looked for.</summary>
    SignIn,
}

/// <summary>What an access allows.</summary>
internal static class AccessExtensions
{
    /// <summary>Whether the command may change the fleet.</summary>
    public static bool MayChange(this Access access) => access is Access.Change or Access.Create;
}
