using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>The Redis of the cluster: a process on a loopback port, whose append-only file is written before anything is answered.</summary>
internal sealed class RedisProcess(string folder) : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private ChildProcess? process;

    /// <summary>Where redis-server is; null: there is none.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Where(path => path.Length > 0).Select(path => Path.Combine(path, "redis-server")).FirstOrDefault(File.Exists);

    /// <summary>Its port, which it keeps.</summary>
    public int Port { get; } = Ports.Take();

    /// <summary>As <c>host:port</c>.</summary>
    public string Endpoint => $"127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Starts it on what is in its folder, and waits until it has read that.</summary>
    public async Task Start()
    {
        Directory.CreateDirectory(folder);
        process = ChildProcess.Start(
            Program ?? throw new InvalidOperationException("There is no redis-server on PATH (Debian's package redis-server)."),
            [
                "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
            ],
            Path.Combine(folder, "redis.log"));
        using var patience = new CancellationTokenSource(StartPatience);
        while (!await Answers(patience.Token))
        {
            if (process.HasExited)
                throw new InvalidOperationException($"Redis ended with code {process.ExitCode}; see redis.log in {folder}.");
            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>Ends it as a crash would.</summary>
    public Task Kill() => process!.Kill();

    /// <summary>Stops it from running, its connections left open.</summary>
    public Task Pause() => process!.Signal("STOP");

    /// <summary>Lets it go on.</summary>
    public Task Continue() => process!.Signal("CONT");

    /// <summary>A connection of one's own.</summary>
    public Task<ConnectionMultiplexer> Connect()
    {
        var options = ConfigurationOptions.Parse(Endpoint);
        options.AsyncTimeout = options.SyncTimeout = 60_000;
        return ConnectionMultiplexer.ConnectAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
    }

    private async Task<bool> Answers(CancellationToken cancellation)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellation);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellation);
            var answer = new byte[64];
            var read = await stream.ReadAsync(answer, cancellation);
            return Encoding.ASCII.GetString(answer, 0, read).StartsWith("+PONG", StringComparison.Ordinal);
        }
        catch (Exception notYet) when (notYet is SocketException or IOException)
        {
            return false;
        }
    }
}
