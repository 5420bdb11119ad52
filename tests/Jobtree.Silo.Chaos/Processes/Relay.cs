using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>
/// A way to a server that leads through this process. What goes through it, in either direction, can be made late, be
/// held for a while, and its connections be cut.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private const int ChunkBytes = 64 << 10;
    private const int ChunksUnderWayMax = 256;

    private readonly TcpListener listener;
    private readonly IPEndPoint server;
    private readonly CancellationTokenSource ending = new();
    private readonly ConcurrentDictionary<TcpClient, bool> clients = [];
    private readonly Task accepting;
    private volatile TaskCompletionSource held = Opened();
    private long lateTicks;

    /// <param name="address">Where it listens, on a port of its own.</param>
    /// <param name="server">Where it leads to.</param>
    public Relay(IPAddress address, IPEndPoint server)
    {
        this.server = server;
        listener = new TcpListener(address, Ports.Take());
        listener.Start();
        accepting = Task.Run(Accept);
    }

    /// <summary>Where it is, as <c>host:port</c>.</summary>
    public string Endpoint => listener.LocalEndpoint.ToString()!;

    /// <summary>By how much everything arrives later, in each direction.</summary>
    public TimeSpan Late
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref lateTicks));
        set => Volatile.Write(ref lateTicks, value.Ticks);
    }

    /// <summary>Lets nothing through until <see cref="LetGo"/>; connections stay, and new ones are made.</summary>
    public void Hold() => held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets everything through that was held.</summary>
    public void LetGo() => held.TrySetResult();

    /// <summary>Ends all connections.</summary>
    public void Cut()
    {
        foreach (var client in clients.Keys)
            client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Dispose();
        Cut();
        LetGo();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ending.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }

    private async Task Accept()
    {
        while (true)
            _ = Serve(await listener.AcceptTcpClientAsync(ending.Token));
    }

    private async Task Serve(TcpClient client)
    {
        using var way = new TcpClient();
        clients[client] = clients[way] = true;
        try
        {
            (client.NoDelay, way.NoDelay) = (true, true);
            await way.ConnectAsync(server, ending.Token);
            var (near, far) = (client.GetStream(), way.GetStream());
            await Task.WhenAny(Carry(near, far), Carry(far, near));
        }
        catch (Exception gone) when (gone is SocketException or IOException or OperationCanceledException
            or ObjectDisposedException or InvalidOperationException)
        {
            // The server is away, or the connection was cut: the client finds its own end closed.
        }
        finally
        {
            client.Dispose();
            clients.TryRemove(client, out _);
            clients.TryRemove(way, out _);
        }
    }

    /// <summary>Carries what one side says to the other, in order, until one of them ends.</summary>
    private async Task Carry(NetworkStream from, NetworkStream to)
    {
        var underWay = Channel.CreateBounded<(long Since, byte[] Bytes)>(ChunksUnderWayMax);
        await Task.WhenAny(Read(from, underWay.Writer), Write(underWay.Reader, to));
    }

    private static async Task Read(NetworkStream from, ChannelWriter<(long Since, byte[] Bytes)> underWay)
    {
        var buffer = new byte[ChunkBytes];
        while (await from.ReadAsync(buffer) is > 0 and var read)
            await underWay.WriteAsync((Stopwatch.GetTimestamp(), buffer[..read]));
    }

    private async Task Write(ChannelReader<(long Since, byte[] Bytes)> underWay, NetworkStream to)
    {
        await foreach (var (since, bytes) in underWay.ReadAllAsync())
        {
            if (Late - Stopwatch.GetElapsedTime(since) is var early && early > TimeSpan.Zero)
                await Task.Delay(early);
            await held.Task;
            await to.WriteAsync(bytes);
        }
    }
}
