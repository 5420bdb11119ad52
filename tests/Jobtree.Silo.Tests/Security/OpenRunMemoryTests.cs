using System.Net;
using System.Text.Json;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Security;

/// <summary>A silo with little memory, and a submitter who fills its queue with wide runs.</summary>
public sealed class OpenRunMemoryTests : IDisposable
{
    private const string HeapOf384MiB = "0x18000000";
    private const int PerBody = 20;
    private const int BodiesMax = 200;

    private static readonly Dictionary<string, string> Env =
        Enumerable.Range(0, 200).ToDictionary(i => $"K{i}", _ => new string('x', 100));

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_refuses_more_and_goes_on_and_starts_again()
    {
        string[] options = ["--data", folder.Of("data"), "--empty"];
        var (silo, address) = await HostProcess.ServeSilo(options, ("DOTNET_GCHeapHardLimit", HeapOf384MiB));
        var accepted = 0;
        using (silo)
        {
            using var client = new FleetClient(address);
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
            var status = HttpStatusCode.OK;
            for (; status == HttpStatusCode.OK && accepted < PerBody * BodiesMax; accepted += PerBody)
                status = await client.Post("/v1/manifests", Runs(accepted), $"runs-{accepted}");
            Assert.Equal(HttpStatusCode.TooManyRequests, status);
            Assert.Equal(HttpStatusCode.OK, await client.Status("/v1/runs"));
            Assert.DoesNotContain("OutOfMemory", silo.Said, StringComparison.Ordinal);
            await silo.Kill();
        }
        var (again, next) = await HostProcess.ServeSilo(options, ("DOTNET_GCHeapHardLimit", HeapOf384MiB));
        using (again)
        {
            using var client = new FleetClient(next);
            await client.Until("/v1/runs?limit=1", page => page.GetProperty("items").GetArrayLength() == 1);
            // It still refuses, and whoever makes room may submit.
            Assert.Equal(HttpStatusCode.TooManyRequests, await client.Post("/v1/manifests", Runs(accepted), "late"));
            for (var run = 0; run < PerBody; run++)
                Assert.Equal(HttpStatusCode.OK,
                    await client.Post($"/v1/runs/default/wide-{run}/cancel", "", $"cancel-{run}"));
            await Eventually.Holds(async () => await client.Post("/v1/manifests", Runs(accepted), "late")
                == HttpStatusCode.OK);
            Assert.Equal(0, await again.Stop());
        }
    }

    private static string Runs(int first) => JsonSerializer.Serialize(Enumerable.Range(first, PerBody).Select(i => new
    {
        apiVersion = "jobtree.dev/v1",
        kind = "Run",
        metadata = new { name = $"wide-{i}" },
        spec = new
        {
            resources = new { gpuType = Documents.Flavor, totalGPUs = 8 },
            workload = new { image = "i", env = Env },
        },
    }));
}
