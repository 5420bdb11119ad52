using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Http;

/// <summary>The output files of runs, read through the API.</summary>
/// <param name="connection">The server.</param>
internal sealed class HttpRunLogs(HttpConnection connection)
{
    /// <summary>The names of a run's files, newest attempt first.</summary>
    public Task<Result<string[]>> List(RunKey run, CancellationToken cancellation) =>
        connection.Send<string[]>(
            HttpMethod.Get, $"{HttpOperations.RunPath(run)}/logs", null, null,
            document => document.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Array
                ? items.EnumerateArray().Select(item => item.GetString() ?? "").ToArray()
                : throw new JsonException("Expected a member 'items'."),
            cancellation);

    /// <summary>Copies a file to a stream as it arrives.</summary>
    public async Task<Result<string>> Copy(RunKey run, string file, Stream destination, CancellationToken cancellation)
    {
        var path =
            $"{HttpOperations.RunPath(run)}/logs/{string.Join('/', file.Split('/').Select(Uri.EscapeDataString))}";
        if (!(await connection.Open(path, "text/plain", cancellation)).Succeeded(out var response, out var problem))
            return problem;
        using (response)
        {
            try
            {
                await using var body = await response.Content.ReadAsStreamAsync(cancellation);
                await body.CopyToAsync(destination, cancellation);
                await destination.FlushAsync(cancellation);
                return file;
            }
            catch (Exception exception) when (HttpConnection.IsBroken(exception))
            {
                return new Problem(ProblemCode.Unavailable, $"{file} broke off: {exception.Message}");
            }
        }
    }
}
