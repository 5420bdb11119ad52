using Jobtree.Api;
using Jobtree.Cli.State;
using Jobtree.Cli.Tests.Http;
using Jobtree.Cli.Tests.Stories;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Live;

/// <summary>A live fleet exported to a file, which then works as the fleet did.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly CliBench bench = new() { Fleets = StateFleet.Create };

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task A_live_fleet_that_is_exported_reads_and_decides_the_same_from_the_file()
    {
        var made = await StateFleet.Create([], bench.Time, default);
        Assert.True(made.Succeeded(out var fleet, out _));
        // A fleet that is stepped takes one call at a time: nothing but the commands may ask it.
        await using var app = JobtreeApi.Create(
            fleet.Operations, new ApiOptions { Port = 0, ObserveRuns = false, TellsFleet = static () => false });
        await app.StartAsync();
        string[] server = ["--server", app.Urls.Single()];
        foreach (var manifests in new[] { "fleet", "morning", "noon" })
            Assert.Equal(0, (await bench.Run(
                [.. server, "apply", "-f", StoryFile.PathOf($"manual/{manifests}.yaml")])).ExitCode);

        var exported = await bench.Run([.. server, "export"]);
        Assert.Equal((0, ""), (exported.ExitCode, exported.Error));
        string[] state = ["--state", bench.Write("exported.yaml", exported.Out)];
        foreach (var command in new[] { "list -A", "nodes", "budgets", "leases", "reservations", "flavors",
            "explain train-128", "plan train-128", "audit", "export" })
        {
            var words = command.Split(' ');
            var (live, kept) = (await bench.Run([.. server, .. words]), await bench.Run([.. state, .. words]));
            Assert.Equal(live.Out, kept.Out);
        }

        // What comes next is decided alike. The ledgers differ in who asked for it.
        foreach (var command in new[] { "complete eval-7", "cancel train-128", "nodes cordon node-2" })
        {
            Assert.Equal(0, (await bench.Run([.. server, .. command.Split(' ')])).ExitCode);
            Assert.Equal(0, (await bench.Run([.. state, .. command.Split(' ')])).ExitCode);
            foreach (var list in new[] { "list -A -o json", "leases --ended -o json", "reservations -o json" })
                Assert.Equal((await bench.Run([.. server, .. list.Split(' ')])).Out,
                    (await bench.Run([.. state, .. list.Split(' ')])).Out);
        }
    }

    [Theory]
    [InlineData("apiVersion: jobtree.dev/v1\nkind: Node\nmetadata: {name: n1}\nspec: {flavor: A, gpus: 8}\n")]
    [InlineData("apiVersion: jobtree.dev/v1\nkind: Node\nmetadata: {name: n1}\nspec: {flavor: A, gpus: 8}\n" +
        "# end of 2 documents\n")]
    [InlineData("kind: Nonsense\n# end of 1 documents\n")]
    public async Task An_export_that_is_not_whole_is_not_taken_for_one(string text)
    {
        await using var server = new StubServer(_ => StubServer.Answer("200 OK", "application/yaml", text));
        var result = await bench.Run("--server", server.Url, "export");
        Assert.NotEqual(0, result.ExitCode);
        Assert.NotEqual("", result.Error);
    }
}
