using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Jobtree.Monitoring.Tests.EndToEnd;

/// <summary>Whom Alertmanager tells: a server that keeps every notification that comes.</summary>
internal sealed class Notifications : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Task serving;

    public Notifications()
    {
        Address = new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}/");
        listener.Prefixes.Add(Address.ToString());
        listener.Start();
        serving = Serve();
    }

    public Uri Address { get; }

    /// <summary>The notifications: to which path, with what.</summary>
    public ConcurrentQueue<(string Path, string Body)> Received { get; } = new();

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await serving;
        listener.Close();
    }

    private async Task Serve()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using (var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8))
                Received.Enqueue((context.Request.Url!.AbsolutePath, await reader.ReadToEndAsync()));
            // PagerDuty acknowledges with 202, Slack with 200 and the text ok.
            context.Response.StatusCode = context.Request.Url.AbsolutePath.StartsWith("/page", StringComparison.Ordinal)
                ? 202 : 200;
            context.Response.Close("ok"u8.ToArray(), willBlock: false);
        }
    }
}
