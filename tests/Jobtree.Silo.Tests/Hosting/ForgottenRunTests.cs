using System.Net;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>
/// A workload that the silo's own executor carries out goes on after the silo was killed, though nobody asks for its
/// run: what is watched here is the page of metrics, which asks for no run.
/// </summary>
public sealed class ForgottenRunTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData("1")]
    [InlineData("100000")]
    public async Task A_run_completes_after_a_kill(string snapshotEvery)
    {
        using var folder = new TestFolder();
        string[] settings = ["--empty", "--executor", "simulated", "--snapshot-every", snapshotEvery];
        var (first, address) = await HostProcess.Serve(folder.Of("data"), settings);
        using (first)
        using (var client = new FleetClient(address))
        {
            Assert.Equal(HttpStatusCode.OK, (await client.Command("/v1/manifests", Documents.Fleet(1), "fleet"))
                .Status);
            for (var run = 0; run < 4; run++)
                Assert.Equal(HttpStatusCode.OK, (await client.Command("/v1/runs", Run($"r{run}"), $"submit-{run}"))
                    .Status);
            await first.Kill();
        }
        var (second, again) = await HostProcess.Serve(folder.Of("data"), settings);
        using (second)
        using (var client = new FleetClient(again))
        {
            using var patience = new CancellationTokenSource(Patience);
            while (!(await client.Text("/metrics")).Contains(
                "jobtree_runs_finished_total{flavor=\"H100\",status=\"succeeded\"} 4", StringComparison.Ordinal))
                await Task.Delay(Pause, patience.Token);
        }
    }

    private static object Run(string name) => new
    {
        apiVersion = "jobtree.dev/v1",
        kind = "Run",
        metadata = new { name },
        spec = new { owner = "org:ai", resources = new { gpuType = Documents.Flavor, totalGPUs = 2 },
            runtime = new { expectedDuration = "5s" } },
    };
}
