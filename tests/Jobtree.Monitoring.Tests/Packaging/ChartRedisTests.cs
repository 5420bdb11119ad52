using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using k8s.Models;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>The chart's Redis, started here by the command and with the configuration that its pod has.</summary>
public sealed class ChartRedisTests : IDisposable
{
    private const string Password = "hunter2-of-the-secret";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-chart-redis-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task It_asks_for_the_password_syncs_every_write_and_shows_the_password_to_nobody()
    {
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(path => File.Exists(Path.Combine(path, "redis-server"))), "There is no redis-server on PATH.");
        var manifests = await Charts.Render();
        foreach (var name in new[] { "run", "etc", "data" })
            Directory.CreateDirectory(Path.Combine(folder, name));
        await File.WriteAllTextAsync(Path.Combine(folder, "etc/redis.conf"),
            Here(manifests.One<V1ConfigMap>("jobtree-redis").Data["redis.conf"]));
        var command = manifests.One<V1StatefulSet>().Spec.Template.Spec.Containers.Single().Command;
        using var server = Process.Start(new ProcessStartInfo(command[0], command.Skip(1).Select(Here))
        {
            Environment = { ["REDISCLI_AUTH"] = Password }, RedirectStandardOutput = true,
        })!;
        try
        {
            await Eventually.Holds(Listens, Patience);
            Assert.Contains("-NOAUTH", await Ask("PING"), StringComparison.Ordinal);
            var answer = await Ask($"AUTH {Password}", "CONFIG GET append*", "CONFIG GET maxmemory-policy",
                "CONFIG GET stream-node-max-bytes");
            Assert.Contains("appendonly\r\n$3\r\nyes", answer, StringComparison.Ordinal);
            Assert.Contains("appendfsync\r\n$6\r\nalways", answer, StringComparison.Ordinal);
            Assert.Contains("noeviction", answer, StringComparison.Ordinal);
            Assert.Contains("stream-node-max-bytes\r\n$4\r\n1024", answer, StringComparison.Ordinal);
            Assert.DoesNotContain(Password, await File.ReadAllTextAsync($"/proc/{server.Id}/cmdline"),
                StringComparison.Ordinal);
            Assert.StartsWith("-rw-------", (await ToolResult.Of("ls", ["-l", $"{folder}/run/auth.conf"])).Succeeded(),
                StringComparison.Ordinal);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    // The same text with folders of this test, and a socket in place of the port.
    private string Here(string text) => text
        .Replace("/run/redis", $"{folder}/run", StringComparison.Ordinal)
        .Replace("/etc/redis", $"{folder}/etc", StringComparison.Ordinal)
        .Replace("dir /data", $"dir {folder}/data", StringComparison.Ordinal)
        .Replace("port 6379", $"port 0\nunixsocket {folder}/redis.sock", StringComparison.Ordinal);

    // The socket's file is there a moment before anybody listens.
    private async Task<bool> Listens()
    {
        try
        {
            await Ask();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task<string> Ask(params string[] commands)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(folder, "redis.sock")), patience.Token);
        await socket.SendAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", commands.Append("QUIT")) + "\r\n"),
            patience.Token);
        var answer = new MemoryStream();
        await using var stream = new NetworkStream(socket);
        await stream.CopyToAsync(answer, patience.Token);
        return Encoding.ASCII.GetString(answer.ToArray());
    }
}
