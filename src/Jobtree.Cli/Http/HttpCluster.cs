using System.Text.Json;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Http;

/// <summary>Asks the API what the store of a cluster has lost, and accepts it.</summary>
/// <param name="connection">The server.</param>
internal sealed class HttpCluster(HttpConnection connection)
{
    /// <summary>What the store has lost.</summary>
    public Task<Result<JsonElement>> Look(CancellationToken cancellation) => connection.Send<JsonElement>(
        HttpMethod.Get, "v1/cluster", null, null, static document => document.Clone(), cancellation);

    /// <summary>Goes on from what the store has.</summary>
    public Task<Result<JsonElement>> Accept(string operation, CancellationToken cancellation) =>
        connection.Send<JsonElement>(HttpMethod.Post, "v1/cluster/accept-loss", operation, null,
            static document => document.Clone(), cancellation);

    /// <summary>Says that no lost work runs any more, on the nodes of a flavor or of all.</summary>
    public Task<Result<JsonElement>> Settle(string? flavor, string operation, CancellationToken cancellation) =>
        connection.Send<JsonElement>(HttpMethod.Post, $"v1/cluster/settle-loss{new Query().And("flavor", flavor)}",
            operation, null, static document => document.Clone(), cancellation);
}
