using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>
/// A Redis of one's own: a process on a free port of loopback, with an append-only file in its folder.
/// </summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const int TriesMax = 5;
    private const string AppendFolder = "appendonlydir";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StartPause = TimeSpan.FromMilliseconds(10);

    private readonly string folder;
    private readonly bool isFolderOurs;
    private readonly string[] settings;
    private ChildProcess? process;

    /// <summary>One that is not started yet; its port is nobody's.</summary>
    /// <param name="folder">Where its files are; null: a temporary folder, gone with it.</param>
    /// <param name="settings">More of its command line, such as <c>--requirepass</c>; what comes last holds.</param>
    public RedisServer(string? folder, params string[] settings)
    {
        (isFolderOurs, this.settings) = (folder is null, settings);
        this.folder = folder is null ? Directory.CreateTempSubdirectory("jobtree-redis-").FullName
            : Directory.CreateDirectory(folder).FullName;
    }

    /// <summary>Where redis-server is; null: there is none.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
        Path.PathSeparator)
        .Where(path => path.Length > 0).Select(path => Path.Combine(path, "redis-server")).FirstOrDefault(File.Exists);

    /// <summary>Its port, which it keeps when it is started again.</summary>
    public int Port { get; } = Ports.Take();

    /// <summary>As <c>host:port</c>.</summary>
    public string Endpoint => $"127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>How to reach it.</summary>
    public ConfigurationOptions Configuration => ConfigurationOptions.Parse(Endpoint);

    /// <summary>Processor time that its present process has taken.</summary>
    public TimeSpan Processor => process!.Processor;

    /// <summary>Starts one in a temporary folder.</summary>
    public static async Task<RedisServer> Begin(params string[] settings)
    {
        var server = new RedisServer(null, settings);
        await server.Start();
        return server;
    }

    /// <summary>Starts it on what is in its folder, and waits until it has read that.</summary>
    /// <param name="more">More of its command line, this time.</param>
    public async Task Start(params string[] more)
    {
        var program = Program ?? throw new InvalidOperationException(
            "There is no redis-server on PATH (Debian's package redis-server).");
        // Somebody may have taken the port meanwhile, and gives it back soon.
        for (var tries = 1; ; tries++)
        {
            await End();
            process = ChildProcess.Start(program, Arguments(more), LogFile);
            if (await Answers())
                return;
            var code = process.ExitCode;
            if (tries == TriesMax)
                throw new InvalidOperationException(
                    $"Redis ended with code {code} and said: {await File.ReadAllTextAsync(LogFile)}");
        }
    }

    /// <summary>Ends it as a crash would (SIGKILL).</summary>
    public Task Kill() => process!.Kill();

    /// <summary>Stops it from running, its connections left open (SIGSTOP).</summary>
    public Task Pause() => process!.Signal("STOP");

    /// <summary>Lets it go on (SIGCONT).</summary>
    public Task Continue() => process!.Signal("CONT");

    /// <summary>How much it has written: the last part of its append-only file, and how long that is.</summary>
    public (string File, long Length) Appended
    {
        get
        {
            // Their names end with numbers that grow when the file is written anew.
            var last = Directory.EnumerateFiles(Path.Combine(folder, AppendFolder), "*.incr.aof").MaxBy(
                part => (part.Length, part))!;
            return (Path.GetFileName(last), new FileInfo(last).Length);
        }
    }

    /// <summary>Cuts off what was appended after a point; it is not to run.</summary>
    public void Truncate((string File, long Length) point)
    {
        using var file = File.OpenWrite(Path.Combine(folder, AppendFolder, point.File));
        file.SetLength(point.Length);
    }

    /// <summary>Takes over what another one wrote; neither is to run.</summary>
    public void TakeOver(RedisServer other)
    {
        Directory.CreateDirectory(Path.Combine(folder, AppendFolder));
        foreach (var part in Directory.EnumerateFiles(Path.Combine(other.folder, AppendFolder)))
            File.Copy(part, Path.Combine(folder, AppendFolder, Path.GetFileName(part)));
    }

    /// <summary>Takes away what it wrote; it is not to run.</summary>
    public void Forget()
    {
        Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
    }

    /// <summary>A patient connection of one's own.</summary>
    public Task<ConnectionMultiplexer> Connect()
    {
        var options = Configuration;
        options.AsyncTimeout = options.SyncTimeout = 60_000;
        return ConnectionMultiplexer.ConnectAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        await End();
        if (isFolderOurs)
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>What it said since it was made.</summary>
    public string LogFile => Path.Combine(folder, "redis.log");

    private string[] Arguments(string[] more) =>
    [
        "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder, "--save", "",
            "--appendonly", "yes", "--appendfsync", "everysec", "--stream-node-max-bytes", "1024",
        .. settings, .. more,
    ];

    private ValueTask End() => process?.DisposeAsync() ?? ValueTask.CompletedTask;

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
                var read = await stream.ReadAsync(answer).AsTask().WaitAsync(StartPatience);
                // A server that is still reading its file says LOADING; one with a password says NOAUTH.
                if (read > 0 && !Encoding.ASCII.GetString(answer, 0, read)
                    .StartsWith("-LOADING", StringComparison.Ordinal))
                    return true;
            }
            catch (Exception notYet) when (notYet is SocketException or IOException)
            {
                if (Stopwatch.GetElapsedTime(began) > StartPatience)
                    throw;
            }
            await Task.Delay(StartPause);
        }
        return false;
    }
}
