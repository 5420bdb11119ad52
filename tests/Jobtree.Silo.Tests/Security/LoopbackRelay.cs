using System.Net;
using System.Net.Sockets;

namespace Jobtree.Silo.Tests.Security;

/// <summary>
/// Another machine, as a silo sees it: what connects to a port of 127.0.0.2 comes to the same port of 127.0.0.1, from
/// 127.0.0.2.
/// </summary>
internal sealed class LoopbackRelay : IDisposable
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");
    private readonly TcpListener listener;
    private readonly List<TcpClient> open = [];

    private LoopbackRelay(int port) => listener = new TcpListener(Elsewhere, port);

    public IPEndPoint Address => (IPEndPoint)listener.LocalEndpoint;

    public static LoopbackRelay Start(int port)
    {
        var relay = new LoopbackRelay(port);
        relay.listener.Start();
        _ = relay.Accept(port);
        return relay;
    }

    public void Dispose()
    {
        listener.Dispose();
        lock (open)
            open.ForEach(connection => connection.Dispose());
    }

    private async Task Accept(int port)
    {
        try
        {
            while (true)
            {
                var from = await listener.AcceptTcpClientAsync();
                var to = new TcpClient(new IPEndPoint(Elsewhere, 0));
                lock (open)
                    open.AddRange([from, to]);
                await to.ConnectAsync(IPAddress.Loopback, port);
                _ = Copy(from, to);
                _ = Copy(to, from);
            }
        }
        catch (Exception closed) when (closed is ObjectDisposedException or SocketException)
        {
        }
    }

    private static async Task Copy(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception closed) when (closed is IOException or SocketException or InvalidOperationException)
        {
        }
    }
}
