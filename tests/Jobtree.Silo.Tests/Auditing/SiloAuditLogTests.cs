using System.Net;
using System.Text.Json;
using Jobtree.Api.Access;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Servers;

namespace Jobtree.Silo.Tests.Auditing;

/// <summary>The audit log of silos as processes.</summary>
public sealed class SiloAuditLogTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly string root;

    public SiloAuditLogTests() => root = TokenFile.Create(Tokens, "root", Role.Operator, ["*"]);

    private string Tokens => folder.Of("tokens.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_answered_is_in_it_after_the_silo_was_killed()
    {
        for (var start = 1; start <= 2; start++)
        {
            var (silo, address) = await HostProcess.Serve(folder.Of("data"), "--empty", "--token-file", Tokens);
            using (silo)
            {
                using var client = new FleetClient(address, root);
                using var nobody = new FleetClient(address);
                Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, $"fleet-{start}"));
                Assert.Equal(HttpStatusCode.OK, await client.Post(
                    "/v1/runs", Fleets.Run($"run-{start}"), $"run-{start}"));
                Assert.Equal(HttpStatusCode.Unauthorized, await nobody.Status("/dashboard/"));
                await silo.Kill();
            }
        }
        var (last, lastAddress) = await HostProcess.Serve(folder.Of("data"), "--empty", "--token-file", Tokens);
        using var running = last;
        using var reader = new FleetClient(lastAddress, root);
        // The documents of the second start changed nothing.
        Assert.Equal(["Node n1", "Budget ai", "Run default/run-1", null, null, "Run default/run-2", null],
            (await Entries(reader)).Select(entry => Text(entry, "target")));
        Assert.Equal([401, 401], (await Entries(reader, "?refused=true")).Select(
            entry => entry.GetProperty("status").GetInt32()));
    }

    [RedisFact]
    public async Task Silos_of_a_cluster_have_one()
    {
        await using var redis = await RedisServer.Begin();
        var settings = new[] { ("JOBTREE_REDIS", redis.Endpoint) };
        string[] options =
        [
            "--drain", "0", "--silo-port", "0", "--gateway-port", "0", "--token-file", Tokens, "--data",
            folder.Of("none"),
        ];
        var (first, firstAddress) = await HostProcess.ServeSilo(options, settings);
        using var one = first;
        var (second, secondAddress) = await HostProcess.ServeSilo(options, settings);
        using var two = second;
        using var client = new FleetClient(firstAddress, root);
        using var other = new FleetClient(secondAddress, root);
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        Assert.Equal(HttpStatusCode.OK, await other.Post("/v1/runs", Fleets.Run("a"), "a"));
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run("b"), "b"));
        string?[] expected = ["Node n1", "Budget ai", "Run default/a", "Run default/b"];
        Assert.Equal(expected, (await Entries(client)).Select(entry => Text(entry, "target")));
        Assert.Equal(expected, (await Entries(other)).Select(entry => Text(entry, "target")));
        Assert.False(Directory.Exists(folder.Of("none")));
    }

    private static async Task<List<JsonElement>> Entries(FleetClient client, string query = "") =>
        [.. (await client.Text($"/v1/audit-log{query}")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];

    private static string? Text(JsonElement entry, string member) =>
        entry.TryGetProperty(member, out var value) ? value.GetString() : null;
}
