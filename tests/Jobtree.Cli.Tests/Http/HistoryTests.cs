using System.Runtime.Versioning;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Http;

/// <summary>The history of a server, as the command line prints it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HistoryTests : IDisposable
{
    private readonly CliBench bench = new() { Time = new QuickTime() };

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task A_run_that_was_submitted_twice_is_listed_twice()
    {
        await using var server = new StubServer(_ => StubServer.Answer("200 OK", "application/json",
            $$"""{"items":[{{Ended("Completed")}},{{Ended("Failed")}}]}"""));
        var result = await bench.Run("--server", server.Url, "history", "train");
        Assert.Equal(("", 0), (result.Error, result.ExitCode));
        Assert.Equal(["RUN", "default/train", "default/train"],
            result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]));
        Assert.Contains("name=train", Assert.Single(server.Requests), StringComparison.Ordinal);
    }

    private static string Ended(string phase) => $$$"""
        {"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"train","namespace":"default"},
         "spec":{"owner":"org:ai","resources":{"gpuType":"H100","totalGPUs":4}},
         "status":{"phase":"{{{phase}}}","submittedAt":"2026-11-20T10:00:00Z","startedAt":"2026-11-20T10:00:01Z",
         "finishedAt":"2026-11-20T11:00:00Z"}}
        """;
}
