using System.Text;
using System.Text.Json;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Http;

/// <summary>Reads the audit log through the API: one entry a line, byte for byte.</summary>
/// <param name="connection">The server.</param>
internal sealed class HttpAuditLog(HttpConnection connection)
{
    private const int LineBytesMax = 1 << 20;

    /// <summary>Reads entries as they come.</summary>
    /// <param name="query">The filters.</param>
    /// <param name="take">Takes the bytes of an entry and what they say.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The number of entries.</returns>
    public async Task<Result<int>> Read(
        Query query, Action<byte[], JsonElement> take, CancellationToken cancellation)
    {
        if (!(await connection.Open($"v1/audit-log{query}", "application/x-ndjson", cancellation))
            .Succeeded(out var response, out var problem))
            return problem;
        using (response)
        {
            try
            {
                using var lines = new StreamReader(
                    await response.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8);
                var count = 0;
                while (await lines.ReadLineAsync(cancellation) is { } line)
                {
                    // The server sends an empty line to show that it is alive.
                    if (line.Length == 0)
                        continue;
                    if (line.Length > LineBytesMax)
                        throw new JsonException($"an entry is longer than {LineBytesMax} characters.");
                    var bytes = Encoding.UTF8.GetBytes(line);
                    using var entry = JsonDocument.Parse(bytes);
                    take(bytes, entry.RootElement);
                    count++;
                }
                return count;
            }
            catch (Exception broken) when (HttpConnection.IsBroken(broken))
            {
                return new Problem(ProblemCode.Unavailable, $"The audit log broke off: {broken.Message}");
            }
            catch (Exception strange) when (strange is JsonException or InvalidOperationException
                or KeyNotFoundException or FormatException)
            {
                return new Problem(ProblemCode.Unavailable, $"The audit log is not understood: {strange.Message}");
            }
        }
    }
}
