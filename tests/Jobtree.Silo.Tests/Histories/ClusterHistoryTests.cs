using System.Net;
using Jobtree.Actors.Ports;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Servers;
using StackExchange.Redis;

namespace Jobtree.Silo.Tests.Histories;

/// <summary>A silo of a cluster, with its journals in Redis and its history in PostgreSQL, as processes.</summary>
public sealed class ClusterHistoryTests
{
    [RedisFact]
    public async Task Ended_runs_leave_Redis_and_while_PostgreSQL_is_away_only_what_needs_it_is_refused()
    {
        await using var redis = await RedisServer.Begin();
        await using var postgres = await PostgresProcess.Begin();
        var (silo, address) = await HostProcess.ServeSilo(
            ["--drain", "0", "--silo-port", "0", "--gateway-port", "0"],
            ("JOBTREE_REDIS", redis.Endpoint), ("JOBTREE_HISTORY_POSTGRES", postgres.Connection));
        using var _ = silo;
        using var client = new FleetClient(address);
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        await Submit("old", HttpStatusCode.OK);
        await Submit("known", HttpStatusCode.OK);
        await Complete("old");
        await client.Until("/v1/history", page => page.GetProperty("items").GetArrayLength() == 1);
        await using (var connection = await redis.Connect())
        {
            var journal = new RedisKeys("jobtree").Journal(new ActorKey(ActorKind.Run, "default/old"));
            await Eventually.Holds(async () => !await connection.GetDatabase().KeyExistsAsync(journal));
        }
        Assert.Equal("Completed", (await client.Get("/v1/runs/default/old")).GetProperty("status").GetProperty("phase")
            .GetString());

        await postgres.Stop();
        var refusal = await Submit("new", HttpStatusCode.ServiceUnavailable);
        Assert.Equal("PostgreSQL cannot be reached. Nothing of this submission was recorded; repeat it.", refusal);
        Assert.Equal(HttpStatusCode.OK, await client.Status("/readyz"));
        await Submit("known", HttpStatusCode.OK);
        await Complete("known");
        await Eventually.Holds(async () => (await client.Text("/metrics")).Contains(
            "jobtree_breaker_open{dependency=\"history\"} 1\n", StringComparison.Ordinal));

        await postgres.Start();
        await Eventually.Holds(async () => (await client.Text("/metrics")).Contains(
            "jobtree_breaker_open{dependency=\"history\"} 0\n", StringComparison.Ordinal));
        await Submit("new", HttpStatusCode.OK);
        await client.Until("/v1/history", page => page.GetProperty("items").GetArrayLength() == 2);
        foreach (var told in new[] { silo.Said, await client.Text("/metrics") })
        {
            Assert.DoesNotContain("s3cret", told, StringComparison.Ordinal);
            Assert.DoesNotContain("Host=", told, StringComparison.Ordinal);
        }
        Assert.Equal(0, await silo.Stop());

        async Task<string?> Submit(string name, HttpStatusCode expected)
        {
            var (status, body) = await client.Command(
                "/v1/runs", System.Text.Json.JsonDocument.Parse(Fleets.Run(name)).RootElement, $"submit-{name}");
            Assert.Equal(expected, status);
            return body.TryGetProperty("detail", out var detail) ? detail.GetString() : null;
        }

        async Task Complete(string name) => Assert.Equal(HttpStatusCode.OK,
            await client.Post($"/v1/runs/default/{name}/complete", """{"succeeded":true}""", $"end-{name}"));
    }

    [RedisFact]
    public async Task A_history_of_another_cluster_is_refused_at_the_start_and_an_absent_one_is_not()
    {
        await using var redis = await RedisServer.Begin();
        await using var postgres = await PostgresProcess.Begin();
        string[] options = ["--drain", "0", "--silo-port", "0", "--gateway-port", "0"];
        (string, string)[] settings =
            [("JOBTREE_REDIS", redis.Endpoint), ("JOBTREE_HISTORY_POSTGRES", postgres.Connection)];
        await postgres.Stop();
        var (early, address) = await HostProcess.ServeSilo(options, settings);
        using (early)
        {
            using var client = new FleetClient(address);
            Assert.Equal(HttpStatusCode.OK, await client.Status("/readyz"));
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await client.Post("/v1/runs", Fleets.Run("a"), "a"));
            await postgres.Start();
            await Eventually.Holds(
                async () => await client.Post("/v1/runs", Fleets.Run("a"), "a") == HttpStatusCode.OK);
            Assert.Equal(0, await early.Stop());
        }

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => HostProcess.ServeSilo([.. options, "--service-id", "other"], settings));
        Assert.Contains("that of the service jobtree, and this silo is of the service other", refused.Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refused.Message, StringComparison.Ordinal);
    }
}
