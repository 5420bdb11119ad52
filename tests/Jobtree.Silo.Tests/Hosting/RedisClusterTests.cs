using System.Net;
using System.Text.Json;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Servers;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>Two silos and a Redis, as processes.</summary>
public sealed class RedisClusterTests
{
    [RedisFact]
    public async Task Silos_of_a_cluster_serve_one_fleet_and_go_on_when_one_is_killed()
    {
        await using var redis = await RedisServer.Begin();
        var settings = new[] { ("JOBTREE_REDIS", redis.Endpoint) };
        string[] options = ["--drain", "0", "--silo-port", "0", "--gateway-port", "0"];
        var (first, firstAddress) = await HostProcess.ServeSilo(options, settings);
        using var one = first;
        var (second, secondAddress) = await HostProcess.ServeSilo(options, settings);
        using var two = second;
        using var client = new FleetClient(firstAddress);
        using var other = new FleetClient(secondAddress);

        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.OK, await (i % 2 == 0 ? client : other)
                .Post("/v1/runs", Fleets.Run($"run-{i}"), $"run-{i}"));
        await other.Until("/v1/runs", page => page.GetProperty("items").GetArrayLength() == 4);
        var heads = await client.Heads();
        Assert.Equal(heads, await other.Heads());

        // Their Redis flushes every second.
        Assert.Matches(@"(?m)^\S+ WARN .*up to a second of what was acknowledged may be lost", first.Said);

        // The one that joined first tells the state of the fleet, so that no sum counts it twice.
        Assert.Contains("jobtree_gpus{", await client.Text("/metrics"), StringComparison.Ordinal);
        Assert.DoesNotContain("jobtree_gpus{", await other.Text("/metrics"), StringComparison.Ordinal);

        await first.Kill();
        await Eventually.Holds(
            async () => await other.Post("/v1/runs", Fleets.Run("after"), "after") == HttpStatusCode.OK);
        await Eventually.Holds(async () => await other.Status("/v1/audit") == HttpStatusCode.OK);
        Assert.NotEqual(heads, await other.Heads());
        await other.Until("/v1/runs", page => page.GetProperty("items").GetArrayLength() == 5);
        Assert.Contains("jobtree_gpus{", await other.Text("/metrics"), StringComparison.Ordinal);
        Assert.Equal(0, await second.Stop());
    }

    [RedisFact]
    public async Task A_silo_that_was_taken_for_dead_while_it_was_paused_answers_with_nothing_past()
    {
        await using var redis = await RedisServer.Begin();
        var settings = new[] { ("JOBTREE_REDIS", redis.Endpoint) };
        string[] options = ["--drain", "0", "--silo-port", "0", "--gateway-port", "0"];
        var (first, firstAddress) = await HostProcess.ServeSilo(options, settings);
        using var one = first;
        using var client = new FleetClient(firstAddress);
        // The flavor is active here: there is no other silo yet.
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        Assert.Equal(0, (await client.Get("/v1/flavors/H100")).GetProperty("used").GetInt32());
        var (second, secondAddress) = await HostProcess.ServeSilo(options, settings);
        using var two = second;
        using var other = new FleetClient(secondAddress);

        await first.Signal("STOP");
        await Eventually.Holds(
            async () => await other.Post("/v1/runs", Fleets.Run("meanwhile"), "meanwhile") == HttpStatusCode.OK);
        await other.Until("/v1/flavors/H100", flavor => flavor.GetProperty("used").GetInt32() == 4);
        // These wait in the sockets of the paused silo, and are the first that it sees when it goes on.
        var asked = Enumerable.Range(0, 8).Select(_ => Ask(client, "/v1/flavors/H100")).ToArray();
        await first.Signal("CONT");
        Assert.All(await Task.WhenAll(asked), answer => Assert.True(answer is null
            || answer.Value.GetProperty("used").GetInt32() == 4, $"It answered: {answer}"));
        Assert.Equal(0, await second.Stop());
    }

    /// <summary>An answer; null: none was given, or only that there is none now.</summary>
    private static async Task<JsonElement?> Ask(FleetClient client, string path)
    {
        try
        {
            return await client.Get(path);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
