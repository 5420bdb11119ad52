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
