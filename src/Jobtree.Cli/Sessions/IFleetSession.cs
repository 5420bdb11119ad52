using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;

namespace Jobtree.Cli.Sessions;

/// <summary>A fleet that a command works on, for as long as the command runs.</summary>
internal interface IFleetSession : IAsyncDisposable
{
    /// <summary>What can be asked of it.</summary>
    IOperations Operations { get; }

    /// <summary>The output of its runs; absent where no run executes.</summary>
    HttpRunLogs? Logs { get; }

    /// <summary>Whether others change it while the command looks on.</summary>
    bool Live { get; }

    /// <summary>Makes the changes last. Nothing is reported as done before this succeeded.</summary>
    /// <param name="cancellation">Stops before anything is kept.</param>
    /// <returns>What went wrong, or none.</returns>
    Task<Problem?> Commit(CancellationToken cancellation);
}

/// <summary>What a command does with a fleet.</summary>
internal enum Access
{
    /// <summary>Looks at it: a state file is neither locked nor touched.</summary>
    Read,

    /// <summary>Changes it: a state file is locked and replaced.</summary>
    Change,

    /// <summary>Changes it, and may begin with none: a missing state file is made.</summary>
    Create,
}
