using System.Net;
using Jobtree.Api.Access;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Hosting.Links;
using Jobtree.Silo.Tests.Servers;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>Three silos of which two do not reach each other, while all live and see Redis.</summary>
public sealed class BrokenLinkTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private readonly TestFolder folder = new();
    private readonly string token;

    public BrokenLinkTests() => token = TokenFile.Create(Tokens, "root", Role.Operator, ["*"]);

    private string Tokens => folder.Of("tokens.json");

    public void Dispose() => folder.Dispose();

    [NetworkFact]
    public async Task The_one_that_began_last_leaves_and_the_fleet_goes_on()
    {
        using var network = new SmallNetwork(3);
        await using var redis = await RedisServer.Begin(
            "--bind", "127.0.0.1", network.Switch, "--protected-mode", "no");
        var silos = new List<(HostProcess Process, Uri Address)>();
        try
        {
            for (var host = 1; host <= 3; host++)
                silos.Add(await Serve(network, host, redis));
            using var third = new FleetClient(silos[2].Address, token);
            Assert.Equal(HttpStatusCode.OK, await third.Post("/v1/manifests", Fleets.Small, "fleet"));

            network.Part(1, 2);
            Assert.Equal(1, await silos[1].Process.Exit());
            Assert.Contains("do not reach each other, while both live", silos[1].Process.Said,
                StringComparison.Ordinal);
            using var first = new FleetClient(silos[0].Address, token);
            foreach (var (client, run) in new[] { (first, "run-1"), (third, "run-3") })
                await Eventually.Holds(
                    async () => await client.Post("/v1/runs", Fleets.Run(run), run) == HttpStatusCode.OK);
            Assert.False(silos[0].Process.HasExited || silos[2].Process.HasExited);

            network.Join();
            var (again, address) = await Serve(network, 2, redis);
            using var second = again;
            using var back = new FleetClient(address, token);
            await Eventually.Holds(
                async () => await back.Post("/v1/runs", Fleets.Run("run-2"), "run-2") == HttpStatusCode.OK);
        }
        finally
        {
            foreach (var (process, _) in silos)
                process.Dispose();
        }
    }

    private Task<(HostProcess Silo, Uri Address)> Serve(SmallNetwork network, int host, RedisServer redis) =>
        HostProcess.ServeSiloUnder(network.On(host), [
            "--listen", network.Address(host), "--advertise", network.Address(host), "--drain", "0",
            "--token-file", Tokens, "--silo-port", "11111", "--gateway-port", "30000", "--silo-insecure",
        ], ("JOBTREE_REDIS", $"{network.Switch}:{redis.Port}"));

    [Theory]
    [InlineData("1 2 3", "")]
    [InlineData("1>2 2 3", "2")]
    [InlineData("1 2>1 3", "2")]
    [InlineData("1>3 2 3>1", "3")]
    [InlineData("1>2 2>1,3 3>2", "2")]
    [InlineData("1>2,3 2 3", "1")]
    [InlineData("1>2,3 2>1,3 3>1,2", "3 2")]
    [InlineData("1>4 2>3 3 4", "4 3")]
    [InlineData("1>9 2 3", "")]
    public void Those_who_stay_reach_each_other(string links, string losers)
    {
        var said = links.Split(' ').Select(silo => silo.Split('>')).Select(silo => new SiloLinks(
            silo[0], silo[0][0], Now, silo.Length == 1 ? [] : silo[1].Split(','))).ToList();
        Assert.Equal(losers.Split(' ', StringSplitOptions.RemoveEmptyEntries), LinkVerdict.Losers(said));
        // Whoever looks, in whatever order, finds the same.
        said.Reverse();
        Assert.Equal(losers.Split(' ', StringSplitOptions.RemoveEmptyEntries), LinkVerdict.Losers(said));
    }
}
