using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Servers;
using StackExchange.Redis;

namespace Jobtree.Silo.Tests.Security;

/// <summary>What a silo does not start with: one sentence, and nothing is touched.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class RefusedStartTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_data_folder_that_everybody_may_write_is_refused()
    {
        var data = folder.Of("data");
        Directory.CreateDirectory(data);
        File.SetUnixFileMode(data, (UnixFileMode)0b111_111_111);
        var said = await Refused("up", "--data", data, "--empty", "--port", "0");
        Assert.Contains($"chmod o-w {data}", said, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(data));
        // A group may: Kubernetes gives a volume to a process that is not root in this way.
        File.SetUnixFileMode(data, (UnixFileMode)0b111_111_101);
        var (host, _) = await HostProcess.Serve(data, "--empty");
        using (host)
            Assert.Equal(0, await host.Stop());
    }

    [Theory]
    [InlineData("--redis-file")]
    [InlineData("--history-postgres-file")]
    [InlineData("--tls-key")]
    [InlineData("--silo-tls-key")]
    public async Task A_file_of_secrets_that_others_may_read_is_refused(string option)
    {
        using var authority = new ClusterAuthority();
        var secret = folder.Of("secret");
        await File.WriteAllTextAsync(secret, option switch
        {
            "--redis-file" => "127.0.0.1:1,password=hunter2",
            "--history-postgres-file" => "Host=127.0.0.1;Password=hunter2",
            _ => await File.ReadAllTextAsync(authority.Of("tls.key")),
        });
        File.SetUnixFileMode(secret, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        string[] others = option switch
        {
            "--tls-key" => ["--tls-cert", authority.Of("tls.crt")],
            "--silo-tls-key" => ["--gateway-port", "0", "--silo-tls-cert", authority.Of("tls.crt"),
                "--silo-tls-ca", authority.Of("ca.crt")],
            _ => [],
        };
        var said = await Refused(
            ["up", "--data", folder.Of("data"), "--empty", "--port", "0", option, secret, .. others]);
        Assert.Contains($"chmod 600 {secret}", said, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Of("data")));
    }

    [RedisFact]
    public async Task A_redis_that_refuses_the_password_or_is_not_there_is_named_in_one_sentence()
    {
        var port = Ports.Take();
        var gone = await Refused("up", "--redis", $"127.0.0.1:{port}", "--port", "0", "--silo-port", "0");
        Assert.Contains($"Redis at 127.0.0.1:{port} did not answer", gone, StringComparison.Ordinal);

        await using var redis = await RedisServer.Begin("--requirepass", "right");
        var file = folder.Of("redis");
        await File.WriteAllTextAsync(file, $"{redis.Endpoint},password=hunter2");
        File.SetUnixFileMode(file, OwnerOnly);
        var wrong = await Refused("up", "--redis-file", file, "--port", "0", "--silo-port", "0");
        Assert.Contains($"Redis at {redis.Endpoint} refuses this user and password", wrong, StringComparison.Ordinal);
        var none = await Refused("up", "--redis", redis.Endpoint, "--port", "0", "--silo-port", "0");
        Assert.Contains($"Redis at {redis.Endpoint} refuses this user and password", none, StringComparison.Ordinal);
        foreach (var said in new[] { gone, wrong, none })
        {
            Assert.Single(said.Trim().Split('\n'));
            Assert.DoesNotContain("hunter2", said, StringComparison.Ordinal);
        }
    }

    [RedisTheory]
    [InlineData("-@all +@connection", "~*")]
    [InlineData("+@all -@write", "~*")]
    [InlineData("+@all", "~others:*")]
    public async Task A_redis_that_greets_and_then_refuses_is_told_in_one_sentence(string commands, string keys)
    {
        await using var redis = await RedisServer.Begin();
        await using (var owner = await ConnectionMultiplexer.ConnectAsync(redis.Configuration))
            await owner.GetServers()[0].ExecuteAsync(
                "ACL", ["SETUSER", "silo", "on", ">hunter2", "&*", keys, .. commands.Split(' ')]);
        var said = await Refused("up", "--redis", $"{redis.Endpoint},user=silo,password=hunter2", "--port", "0",
            "--silo-port", "0", "--gateway-port", "0", "--state-folder", folder.Of("state"));
        var sentence = Assert.Single(Lines(said));
        Assert.StartsWith("jobtree: Redis refuses what a silo needs: NOPERM", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", said, StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task A_redis_that_cannot_write_its_file_is_told_with_what_it_says()
    {
        var gone = folder.Of("gone");
        await using var redis = new RedisServer(gone, "--save", "3600 1");
        await redis.Start();
        // In a folder that is no more it can save nothing, and then takes no command.
        Directory.Delete(gone, recursive: true);
        await using (var owner = await ConnectionMultiplexer.ConnectAsync(redis.Configuration))
            await Eventually.Holds(async () => await IsMisconfigured(owner));
        var said = await Refused("up", "--redis", redis.Endpoint, "--port", "0", "--silo-port", "0",
            "--gateway-port", "0", "--state-folder", folder.Of("state"));
        Assert.StartsWith($"jobtree: Redis at {redis.Endpoint} has refused everything for 10 seconds: MISCONF",
            Assert.Single(Lines(said)), StringComparison.Ordinal);

        static async Task<bool> IsMisconfigured(ConnectionMultiplexer owner)
        {
            try
            {
                await owner.GetDatabase().ExecuteAsync("BGSAVE");
                await owner.GetDatabase().StringSetAsync("x", "1");
                return false;
            }
            catch (RedisServerException refusal)
            {
                return refusal.Message.StartsWith("MISCONF", StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(511)]
    public async Task A_process_that_may_open_few_files_is_refused(int files)
    {
        var data = folder.Of("data");
        using var host = HostProcess.StartUnder(
            ["prlimit", $"--nofile={files}:{files}"], "up", "--data", data, "--empty", "--port", "0");
        Assert.Equal(1, await host.Exit());
        Assert.StartsWith($"jobtree: This process may open {files} files, and a silo needs 512", host.Said,
            StringComparison.Ordinal);
        Assert.Single(host.Said.Trim().Split('\n'));
        Assert.False(Directory.Exists(data));
    }

    /// <summary>What is said outside the log, which has the details.</summary>
    private static IEnumerable<string> Lines(string said) => said.Split('\n').Where(
        line => line.Length > 0 && !line.Contains(" ERROR ", StringComparison.Ordinal)
        && !line.Contains(" WARN ", StringComparison.Ordinal) && !line.Contains(" INFO ", StringComparison.Ordinal));

    private static async Task<string> Refused(params string[] arguments)
    {
        using var host = HostProcess.Start(arguments);
        Assert.Equal(1, await host.Exit());
        Assert.DoesNotContain("\n   at ", host.Said, StringComparison.Ordinal);
        return host.Said;
    }
}
