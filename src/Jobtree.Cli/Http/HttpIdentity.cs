using System.Text.Json;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Http;

/// <summary>Asks the API who the bearer of the token is.</summary>
/// <param name="connection">The server.</param>
internal sealed class HttpIdentity(HttpConnection connection)
{
    /// <summary>Where the token comes from; absent: there is none.</summary>
    public string? TokenSource => connection.TokenSource;

    /// <summary>What the server says, as it says it.</summary>
    public Task<Result<JsonElement>> Ask(CancellationToken cancellation) => connection.Send<JsonElement>(
        HttpMethod.Get, "v1/whoami", null, null,
        document => document.ValueKind == JsonValueKind.Object ? document.Clone()
            : throw new JsonException("Expected an object."),
        cancellation);
}
