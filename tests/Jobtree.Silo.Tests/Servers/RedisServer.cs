using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace Jobtree.Silo.Tests.Servers;

/// <summary>A Redis of its own for a test: a process on a free port of loopback with a folder of its own, gone afterwards.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const int TriesMax = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-redis-").FullName;
    private readonly string[] settings;
    private Process? process;

    private RedisServer(string[] settings) => this.settings = settings;

    /// <summary>Where redis-server is; null: there is none.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Where(path => path.Length > 0).Select(path => Path.Combine(path, "redis-server")).FirstOrDefault(File.Exists);

    /// <summary>Its port, which it keeps when it is started again.</summary>
    public int Port { get; private set; }

    /// <summary>As <c>host:port</c>.</summary>
    public string Endpoint => $"127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>How to reach it.</summary>
    public ConfigurationOptions Configuration => ConfigurationOptions.Parse(Endpoint);

    /// <summary>Starts one, with an append-only file unless the settings say otherwise.</summary>
    /// <param name="settings">More of its command line, such as <c>--requirepass</c>.</param>
    public static async Task<RedisServer> Start(params string[] settings)
    {
        var server = Reserve(settings);
        await server.Restart();
        return server;
    }

    /// <summary>One that is not started yet; its port is nobody's.</summary>
    public static RedisServer Reserve(params string[] settings) => new(settings) { Port = FreePort() };

    /// <summary>Starts it on what is in its folder.</summary>
    /// <param name="more">More of its command line, this time.</param>
    public async Task Restart(params string[] more)
    {
        for (var tries = 1; ; tries++)
        {
            process = Process.Start(new ProcessStartInfo(Program!, Arguments(more)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var said = new StringBuilder();
            process.OutputDataReceived += (_, line) => said.AppendLine(line.Data);
            process.BeginOutputReadLine();
            if (await Answers())
                return;
            if (tries == TriesMax)
                throw new InvalidOperationException($"Redis did not come up: {said}");
        }
    }

    /// <summary>Ends it as a crash would (SIGKILL).</summary>
    public async Task Kill()
    {
        process!.Kill();
        await process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Takes away what it wrote.</summary>
    public void Forget()
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo below)
                below.Delete(recursive: true);
            else
                entry.Delete();
        }
    }

    /// <summary>Stops it from running, its connections left open (SIGSTOP).</summary>
    public Task Pause() => Signal("STOP");

    /// <summary>Lets it go on (SIGCONT).</summary>
    public Task Continue() => Signal("CONT");

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            await Kill();
        process?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string[] Arguments(string[] more) =>
    [
        "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
        .. settings, .. more,
    ];

    /// <summary>Waits until it answers at all; false: it has ended.</summary>
    private async Task<bool> Answers()
    {
        var began = Stopwatch.GetTimestamp();
        while (!process!.HasExited)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                var stream = client.GetStream();
                await stream.WriteAsync("PING\r\n"u8.ToArray());
                var answer = new byte[64];
                var read = await stream.ReadAsync(answer).AsTask().WaitAsync(Patience);
                // A server that is still reading its file says LOADING; one with a password says NOAUTH.
                if (read > 0 && !Encoding.ASCII.GetString(answer, 0, read).StartsWith("-LOADING", StringComparison.Ordinal))
                    return true;
            }
            catch (Exception notYet) when (notYet is SocketException or IOException)
            {
                if (Stopwatch.GetElapsedTime(began) > Patience)
                    throw;
            }
            await Task.Delay(10);
        }
        return false;
    }

    private async Task Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
