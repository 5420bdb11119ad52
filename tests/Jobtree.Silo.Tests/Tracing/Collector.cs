using System.Net;
using System.Text;

namespace Jobtree.Silo.Tests.Tracing;

/// <summary>
/// What an OpenTelemetry collector is to a silo: a port of loopback that takes traces over HTTP and keeps their bytes.
/// </summary>
internal sealed class Collector : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly MemoryStream taken = new();

    public Collector(int port)
    {
        Address = new Uri($"http://127.0.0.1:{port}/");
        listener.Prefixes.Add(Address.ToString());
        listener.Start();
        _ = Task.Run(Take);
    }

    public Uri Address { get; }

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
