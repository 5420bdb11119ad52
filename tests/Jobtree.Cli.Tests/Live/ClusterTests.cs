using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Losses;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Live;

/// <summary><c>cluster</c> over the real API and a store that lost records.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly CliBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task An_operator_looks_accepts_and_settles()
    {
        var file = bench.Path("tokens.json");
        var some = TokenFile.Create(file, "some", Role.Operator, ["org:ai"]);
        var looker = TokenFile.Create(file, "looker", Role.Viewer, ["*"]);
        var root = TokenFile.Create(file, "root", Role.Operator, ["*"]);
        var store = new LossyStore();
        await using var server = await ApiServer.OverSample(bench, file, losses: store);
        bench.Variables["JOBTREE_SERVER"] = server.Url;
        foreach (var token in new[] { some, looker })
        {
            bench.Variables["JOBTREE_TOKEN"] = token;
            foreach (var command in new[] { "status", "accept-loss", "settle-loss" })
                Assert.Equal(1, (await bench.Run("cluster", command)).ExitCode);
        }
        Assert.Equal("", store.By);

        bench.Variables["JOBTREE_TOKEN"] = root;
        var status = await bench.Run("cluster", "status");
        Assert.Equal(1, status.ExitCode);
        Assert.Contains("  flavor/H100-80GB: records 41 to 57\n", status.Out, StringComparison.Ordinal);
        Assert.Contains("\"last\":57", (await bench.Run("cluster", "status", "-o", "json")).Out,
            StringComparison.Ordinal);
        var accepted = await bench.Run("cluster", "accept-loss");
        Assert.Equal((0, "root"), (accepted.ExitCode, store.By));
        Assert.Contains("The nodes of H100-80GB are cordoned.", accepted.Out, StringComparison.Ordinal);
        var again = await bench.Run("cluster", "accept-loss");
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("(conflict)", again.Error, StringComparison.Ordinal);
        Assert.Equal((0, "Redis has everything that any silo knows of.\n"),
            ((await bench.Run("cluster", "status")).ExitCode, (await bench.Run("cluster", "status")).Out));
        Assert.Equal("The nodes of H100-80GB take work again.\n",
            (await bench.Run("cluster", "settle-loss", "--flavor", "H100-80GB")).Out);
    }

    [Fact]
    public async Task A_host_without_a_cluster_and_a_state_file_have_none()
    {
        await using var server = await ApiServer.OverSample(bench);
        var alone = await bench.Run("--server", server.Url, "cluster", "status");
        Assert.Equal(1, alone.ExitCode);
        Assert.Contains("no silo of a cluster", alone.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await bench.Run("--state", bench.WriteSample(), "cluster", "accept-loss")).ExitCode);
    }

    private sealed class LossyStore : IStoreLosses
    {
        private static readonly StoreLossView Lost = new(true, [new LostRecords("flavor/H100-80GB", 41, 57)])
        {
            Since = DateTimeOffset.UnixEpoch,
        };

        private bool isAccepted;

        public string By { get; private set; } = "";

        public Task<StoreLossView?> Look(CancellationToken cancellation) => Task.FromResult(isAccepted ? null : Lost);

        public Task<Result<StoreLossView>> Accept(string by, CancellationToken cancellation)
        {
            Result<StoreLossView> answer = isAccepted ? new Problem(ProblemCode.Conflict, "Nothing is lost.")
                : Lost with { Flavors = ["H100-80GB"] };
            (isAccepted, By) = (true, by);
            return Task.FromResult(answer);
        }

        public Task<Result<IReadOnlyList<string>>> Settle(
            string? flavor, string by, CancellationToken cancellation) =>
            Task.FromResult(Results.Of<IReadOnlyList<string>>([flavor ?? "H100-80GB"]));
    }
}
