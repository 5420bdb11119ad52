using System.Net;
using Jobtree.Journal;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>
/// A real host whose disk fails below the runtime, after it has worked for a while: it acknowledges nothing more, ends
/// by itself and says why, and the next one has everything that was acknowledged.
/// </summary>
public sealed class FailingDiskTests : IDisposable
{
    private const int SubmissionsMax = 300;

    private readonly TestFolder folder = new();
    private readonly List<string> acknowledged = [];

    private string Data => folder.Of("data");

    private string Segment => Path.Combine(Data, "journal", "00000001.log");

    public void Dispose() => folder.Dispose();

    [StraceTheory]
    [InlineData("fsync,fdatasync", "EIO", "Input/output error")]
    [InlineData("pwrite64", "ENOSPC", "The disk is full")]
    public Task A_call_that_fails_is_noticed(string calls, string error, string told) => FailsAndComesBack(
        ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-P", Segment, "-e", $"trace={calls}",
            "-e", $"inject={calls}:error={error}:when=20+"],
        told);

    [Fact]
    public Task A_write_that_is_cut_short_is_noticed()
    {
        // A file may grow to 64 KiB: the write that crosses that is cut short, and the next one fails. The signal that
        // the system sends beside is ignored, and the runtime is told to need no large files of its own.
        return OperatingSystem.IsWindows() ? Task.CompletedTask : FailsAndComesBack(
            ["sh", "-c", "trap '' XFSZ; ulimit -f 128; exec \"$@\"", "sh"], "too large",
            ("DOTNET_EnableWriteXorExecute", "0"), ("DOTNET_EnableDiagnostics", "0"));
    }

    private async Task FailsAndComesBack(
        IEnumerable<string> wrapper, string told, params IEnumerable<(string Name, string Value)> environment)
    {
        var (broken, address) = await HostProcess.ServeUnder(wrapper, Data, environment);
        using (broken)
        {
            using (var client = new FleetClient(address))
                await UseUntilItFails(client);
            Assert.Equal(1, await broken.Exit());
            var line = Assert.Single(
                broken.Said.Split('\n'), line => line.StartsWith("jobtree: ", StringComparison.Ordinal));
            Assert.Contains(told, line, StringComparison.Ordinal);
            Assert.Contains(" ERROR ", broken.Said, StringComparison.Ordinal);
        }

        var (mended, again) = await HostProcess.Serve(Data);
        using (mended)
        {
            using var client = new FleetClient(again);
            foreach (var run in acknowledged)
                Assert.Equal(HttpStatusCode.OK, await client.Status($"/v1/runs/default/{run}"));
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run("after"), "after"));
            await client.Heads();
            Assert.Equal(0, await mended.Stop());
        }
        Assert.Empty(FolderAudit.Run(Data).Violations);
    }

    private async Task UseUntilItFails(FleetClient client)
    {
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        HttpStatusCode? answer;
        while ((answer = await Answer(() => client.Post("/v1/runs", Fleets.Run(Next), Next))) == HttpStatusCode.OK)
        {
            acknowledged.Add(Next);
            Assert.True(acknowledged.Count < SubmissionsMax, "The host acknowledges what its disk refuses.");
        }
        // Null: the process is gone already.
        Assert.True(answer is HttpStatusCode.ServiceUnavailable or null, $"Answered {answer}.");
        string[] questions = ["/v1/runs", "/v1/nodes", "/v1/budgets", "/v1/leases", "/v1/flavors", "/readyz"];
        foreach (var question in questions)
        {
            answer = await Answer(() => client.Status(question));
            Assert.True(answer is HttpStatusCode.ServiceUnavailable or null, $"{question} was answered {answer}.");
        }
        Assert.NotEmpty(acknowledged);
    }

    private string Next => $"run-{acknowledged.Count}";

    private static async Task<HttpStatusCode?> Answer(Func<Task<HttpStatusCode>> ask)
    {
        try
        {
            return await ask();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
