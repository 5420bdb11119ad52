using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.SigningIn;
using Jobtree.Manifests;

namespace Jobtree.Cli.Sessions;

/// <summary>A fleet behind the API. Every answered change is already durable there.</summary>
/// <param name="connection">The server; disposed with the session.</param>
/// <param name="signIn">Signs somebody in there.</param>
/// <param name="time">The clock.</param>
/// <param name="notice">Receives lines about broken streams.</param>
internal sealed class LiveSession(
    HttpConnection connection, ServerSignIn signIn, TimeProvider time, Action<string> notice) : IFleetSession
{
    public IOperations Operations { get; } = new HttpOperations(connection, new HttpRunWatch(connection, time, notice));

    public IAsyncEnumerable<Manifest> Export(CancellationToken cancellation) => Operations.Export(cancellation);

    public HttpRunLogs? Logs { get; } = new(connection);

    public HttpAuditLog? AuditLog { get; } = new(connection);

    public HttpIdentity? Identity { get; } = new(connection);

    public ServerSignIn? SignIn { get; } = signIn;

    public HttpCluster? Cluster { get; } = new(connection);

    public bool Live => true;

    public Task<Problem?> Commit(CancellationToken cancellation) => Task.FromResult<Problem?>(null);

    public ValueTask DisposeAsync()
    {
        connection.Dispose();
        return ValueTask.CompletedTask;
    }
}
