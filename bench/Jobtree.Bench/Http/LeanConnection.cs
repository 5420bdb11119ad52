using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Jobtree.Bench.Http;

/// <summary>
/// A keep-alive connection that sends one request after the other and reads no more of an answer than its status and
/// where it ends, so that the client takes little of the processors that the host is measured on.
/// </summary>
internal sealed class LeanConnection : IDisposable
{
    private readonly Socket socket = new(
        AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] head;
    private readonly byte[] answer = new byte[256 << 10];
    private byte[] request = new byte[16 << 10];

    private LeanConnection(Uri address, string path) => head = Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: ");

    public static async Task<LeanConnection> Open(Uri address, string path)
    {
        var connection = new LeanConnection(address, path);
        await connection.socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, address.Port));
        return connection;
    }

    /// <summary>Sends a body, and waits for the whole answer.</summary>
    /// <returns>Whether it was taken; not: the host had no answer in time (503), and the same may be sent
    /// again.</returns>
    /// <exception cref="InvalidOperationException">The answer is neither 200 nor 503.</exception>
    public async ValueTask<bool> Post(ReadOnlyMemory<byte> body)
    {
        await socket.SendAsync(Request(body.Span));
        var (length, end) = (0, -1);
        while (end < 0 || length < end)
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(length));
            if (read == 0)
                throw new InvalidOperationException("The host closed the connection.");
            length += read;
            if (end < 0)
                end = End(answer.AsSpan(0, length));
            if (length == answer.Length && (end < 0 || end > length))
                throw new InvalidOperationException("The answer is longer than the bench expects.");
        }
        var taken = answer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8);
        return taken || answer.AsSpan(0, length).StartsWith("HTTP/1.1 503"u8)
            ? taken
            : throw new InvalidOperationException(
                $"The host refused a request of the bench: " +
                $"{Encoding.UTF8.GetString(answer.AsSpan(0, Math.Min(length, 2000)))}");
    }

    public void Dispose() => socket.Dispose();

    private ReadOnlyMemory<byte> Request(ReadOnlySpan<byte> body)
    {
        if (request.Length < head.Length + 16 + body.Length)
            request = new byte[head.Length + 16 + body.Length];
        head.CopyTo(request, 0);
        var at = head.Length;
        body.Length.TryFormat(request.AsSpan(at), out var digits, default, CultureInfo.InvariantCulture);
        at += digits;
        "\r\n\r\n"u8.CopyTo(request.AsSpan(at));
        at += 4;
        body.CopyTo(request.AsSpan(at));
        return request.AsMemory(0, at + body.Length);
    }

    /// <summary>Where the answer ends; -1: not known yet.</summary>
    private static int End(ReadOnlySpan<byte> bytes)
    {
        var blank = bytes.IndexOf("\r\n\r\n"u8);
        if (blank < 0)
            return -1;
        var headers = bytes[..blank];
        var name = headers.IndexOf("Content-Length: "u8);
        if (name >= 0)
            return Utf8Parser.TryParse(headers[(name + 16)..], out int length, out _) ? blank + 4 + length
                : throw new InvalidOperationException("The answer's length is no number.");
        return bytes.EndsWith("\r\n0\r\n\r\n"u8) || bytes[blank..].SequenceEqual("\r\n\r\n0\r\n\r\n"u8) ? bytes.Length
            : -1;
    }
}
