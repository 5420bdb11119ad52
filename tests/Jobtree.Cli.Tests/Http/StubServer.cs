using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Jobtree.Cli.Tests.Http;

/// <summary>
/// A server on a loopback port that answers each request with what a test hands it, word for word, and keeps what was
/// asked.
/// </summary>
internal sealed class StubServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Func<int, string> answer;
    private readonly Task serving;

    /// <param name="answer">The whole answer to the request of a number, from 0.</param>
    public StubServer(Func<int, string> answer)
    {
        this.answer = answer;
        listener.Start();
        serving = Serve();
    }

    public List<string> Requests { get; } = [];

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>An answer with a body of a type.</summary>
    public static string Answer(string status, string type, string body, string headers = "") =>
        $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n" +
        $"Connection: close\r\n{headers}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await serving;
        stop.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop.Token);
                await using var stream = client.GetStream();
                Requests.Add(await ReadRequest(stream, stop.Token));
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer(Requests.Count - 1)), stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException
            || stop.IsCancellationRequested)
        {
            // Disposing ends the wait for the next client, which a listener that was stopped first reports in ways of
            // its own.
        }
    }

    private static async Task<string> ReadRequest(NetworkStream stream, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellation)) > 0)
        {
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
            var head = text.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head >= 0 && text.Length >= head + 4 + BodyLength(text.ToString()[..head]))
                break;
        }
        return text.ToString();
    }

    private static int BodyLength(string head) => head.Split("\r\n")
        .Where(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))
        .Select(line => int.Parse(line.AsSpan(16), System.Globalization.CultureInfo.InvariantCulture))
        .FirstOrDefault();
}
