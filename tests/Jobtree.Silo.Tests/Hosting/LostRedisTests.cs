using System.Net;
using System.Text.Json;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Servers;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>
/// Silos whose Redis comes back with less than it had acknowledged: nothing is handed out twice, whoever remembers it.
/// </summary>
public sealed class LostRedisTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [RedisTheory]
    [InlineData("restart")]
    [InlineData("flush")]
    [InlineData("truncate")]
    [InlineData("older dump")]
    public async Task A_fleet_whose_redis_lost_records_hands_out_nothing_until_an_operator_has_looked(string how)
    {
        var place = folder.Of("redis");
        await using var redis = new RedisServer(place, how is "truncate" or "flush"
            ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no", "--dbfilename", "dump.rdb"]);
        await redis.Start();
        var (silo, client) = await Serve(redis);
        try
        {
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
            await client.Until("/v1/nodes", nodes => nodes.GetProperty("items").GetArrayLength() == 1);
            if (how == "older dump")
            {
                // The dump has no silo that others would wait for.
                Assert.Equal(0, await silo.Stop());
                client.Dispose();
                await Do(redis, "SAVE");
                (silo, client) = await Serve(redis);
            }
            var tail = how == "truncate" ? AppendOnlyLength(place) : 0;
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run("before", 32), "before"));
            await client.Until("/v1/runs/default/before", IsRunning);

            switch (how)
            {
                case "flush":
                    await Do(redis, "FLUSHALL");
                    break;
                case "older dump":
                    // Everything stops, and starts on what was saved an hour ago.
                    Assert.Equal(0, await silo.Stop());
                    await redis.Kill();
                    await redis.Start();
                    break;
                default:
                    await redis.Kill();
                    if (how == "truncate")
                        Cut(place, tail);
                    await redis.Start();
                    break;
            }
            (silo, client) = await SaysSo(silo, client, redis);
            await Says(client, "/readyz");
            using (var answer = await client.Send(Submission("after")))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.Contains(
                    "cluster accept-loss", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
            var status = await client.Get("/v1/cluster");
            Assert.Contains("flavor/H100", status.GetProperty("loss").GetRawText(), StringComparison.Ordinal);
            await Eventually.Holds(async () => await client.Status("/v1/runs") == HttpStatusCode.OK, Patience);
            Assert.Contains("jobtree_store_records_lost 1", await client.Text("/metrics"), StringComparison.Ordinal);

            // It is refused while the audit log cannot be written.
            JsonElement loss = default;
            await Eventually.Holds(async () =>
            {
                (var accepted, loss) = await client.Command("/v1/cluster/accept-loss", new { }, "accept");
                return accepted == HttpStatusCode.OK;
            }, Patience);
            Assert.Contains("H100", loss.GetProperty("flavors").GetRawText(), StringComparison.Ordinal);
            // The GPUs of the lost run may still be in use, also where nobody knows its node any more.
            await Eventually.Holds(async () =>
                await client.Post("/v1/manifests", Fleets.Small, "fleet-again") == HttpStatusCode.OK, Patience);
            await Eventually.Holds(async () =>
                await client.Post("/v1/runs", Fleets.Run("after", 32), "after") == HttpStatusCode.OK, Patience);
            await client.Until("/v1/nodes", nodes => nodes.GetRawText().Contains(
                "may hold lost leases", StringComparison.Ordinal));
            await client.Until("/v1/runs/default/after", run => run.GetProperty("status").GetProperty("phase")
                .GetString() is "Pending" or "Reserved");
            Assert.Equal(0, (await client.Get("/v1/leases")).GetProperty("items").GetArrayLength());
            Assert.Contains("\"loss\"", await client.Text("/v1/ledger/H100?limit=100"), StringComparison.Ordinal);

            var (settled, _) = await client.Command("/v1/cluster/settle-loss", new { }, "settle");
            Assert.Equal(HttpStatusCode.OK, settled);
            await client.Until("/v1/runs/default/after", IsRunning);
            // Nobody is told of a run any more that is lost.
            await client.Until("/v1/runs", runs => runs.GetProperty("items").GetArrayLength() == 1);
            await client.Heads();
            Assert.Equal(HttpStatusCode.OK, await client.Status("/readyz"));
            await Eventually.Holds(async () => await client.Status("/v1/audit-log") == HttpStatusCode.OK
                && (await client.Text("/v1/audit-log")).Contains(
                    "accepted the loss of", StringComparison.Ordinal), Patience);
        }
        finally
        {
            client.Dispose();
            silo.Dispose();
        }
    }

    private static bool IsRunning(JsonElement run) =>
        run.GetProperty("status").GetProperty("phase").GetString() == "Running";

    private static HttpRequestMessage Submission(string name)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/runs")
        {
            Content = new StringContent(Fleets.Run(name), System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", "refused");
        return request;
    }

    private static async Task Says(FleetClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await client.Send(request);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("Redis has lost records", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>
    /// Waits until a silo says that records are lost. One that ended, because Redis also has the members of the
    /// cluster, is started again, as a service manager does.
    /// </summary>
    private async Task<(HostProcess Silo, FleetClient Client)> SaysSo(
        HostProcess silo, FleetClient client, RedisServer redis)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            if (silo.HasExited)
            {
                client.Dispose();
                silo.Dispose();
                (silo, client) = await Serve(redis);
            }
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/readyz");
                using var answer = await client.Send(request);
                if ((await answer.Content.ReadAsStringAsync(patience.Token)).Contains(
                    "Redis has lost records", StringComparison.Ordinal))
                    return (silo, client);
            }
            catch (HttpRequestException)
            {
                // It is ending.
            }
            await Task.Delay(50, patience.Token);
        }
    }

    private async Task<(HostProcess Silo, FleetClient Client)> Serve(RedisServer redis)
    {
        string[] options = ["--drain", "0", "--silo-port", "0", "--gateway-port", "0", "--state-folder",
            folder.Of("state")];
        var (silo, address) = await HostProcess.ServeSilo(options, ("JOBTREE_REDIS", redis.Endpoint));
        return (silo, new FleetClient(address));
    }

    private static async Task Do(RedisServer redis, string command)
    {
        await using var client = await redis.Connect();
        await client.GetDatabase().ExecuteAsync(command);
    }

    private static string AppendOnlyFile(string place) =>
        Directory.EnumerateFiles(Path.Combine(place, "appendonlydir"), "*.incr.aof").Single();

    private static long AppendOnlyLength(string place) => new FileInfo(AppendOnlyFile(place)).Length;

    private static void Cut(string place, long length)
    {
        using var file = File.OpenWrite(AppendOnlyFile(place));
        file.SetLength(length);
    }
}
