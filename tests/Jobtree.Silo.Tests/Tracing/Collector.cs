using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Jobtree.Silo.Tests.Tracing;

/// <summary>
/// What an OpenTelemetry collector is to a silo: a port of loopback that takes traces over HTTP and keeps their bytes.
/// </summary>
internal sealed class Collector : IDisposable
{
    private const int TriesMax = 20;

    private readonly HttpListener listener;
    private readonly MemoryStream taken = new();

    /// <param name="port">The port; absent: a free one.</param>
    public Collector(int? port = null)
    {
        (listener, Address) = port is { } known ? ListenOn(known) : Listen();
        _ = Task.Run(Take);
    }

    public Uri Address { get; }

    /// <summary>The spans that came so far.</summary>
    public IReadOnlyList<OtlpSpan> Spans
    {
        get
        {
            lock (taken)
                return OtlpSpan.Read(taken.ToArray());
        }
    }

    /// <summary>How often these bytes are in what came so far.</summary>
    public int Count(ReadOnlySpan<byte> bytes)
    {
        lock (taken)
            return taken.GetBuffer().AsSpan(0, (int)taken.Length).Count(bytes);
    }

    /// <summary>How often this text is in what came so far.</summary>
    public int Count(string text) => Count(Encoding.UTF8.GetBytes(text));

    public void Dispose()
    {
        listener.Close();
        taken.Dispose();
    }

    // The listener takes no port 0, so a free port is looked up, and another one if it was taken meanwhile.
    private static (HttpListener Listener, Uri Address) Listen()
    {
        for (var left = TriesMax; ; left--)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            try
            {
                return ListenOn(port);
            }
            catch (HttpListenerException) when (left > 0)
            {
                // Somebody took the port first.
            }
        }
    }

    private static (HttpListener Listener, Uri Address) ListenOn(int port)
    {
        var address = new Uri($"http://127.0.0.1:{port}/");
        var listener = new HttpListener();
        listener.Prefixes.Add(address.ToString());
        try
        {
            listener.Start();
            return (listener, address);
        }
        catch (HttpListenerException)
        {
            listener.Close();
            throw;
        }
    }

    private async Task Take()
    {
        while (await Next() is { } context)
        {
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            lock (taken)
                body.WriteTo(taken);
            context.Response.StatusCode = context.Request.Url!.AbsolutePath == "/v1/traces" ? 200 : 404;
            context.Response.Close();
        }
    }

    private async Task<HttpListenerContext?> Next()
    {
        try
        {
            return await listener.GetContextAsync();
        }
        catch (Exception) when (!listener.IsListening)
        {
            return null;
        }
    }
}
