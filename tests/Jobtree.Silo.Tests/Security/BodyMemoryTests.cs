using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Security;

/// <summary>A silo with little memory, and callers who send it large documents at the same time.</summary>
public sealed class BodyMemoryTests : IDisposable
{
    private const string HeapOf640MiB = "0x28000000";
    private const int AtOnce = 60;
    private const int Variables = 230_000;

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Large_plans_at_the_same_time_do_not_end_it()
    {
        var (silo, address) = await HostProcess.ServeSilo(
            ["--data", folder.Of("data"), "--empty"], ("DOTNET_GCHeapHardLimit", HeapOf640MiB));
        using var running = silo;
        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Plan(http)));
        // Each is too large to be valid, or comes while others are read.
        Assert.All(answers, answer => Assert.True(
            answer is HttpStatusCode.UnprocessableEntity or HttpStatusCode.TooManyRequests, $"{answer}"));
        Assert.Contains(HttpStatusCode.UnprocessableEntity, answers);
        Assert.DoesNotContain("OutOfMemory", silo.Said, StringComparison.Ordinal);
        using var client = new FleetClient(address);
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        Assert.Equal(0, await silo.Stop());
    }

    private static async Task<HttpStatusCode> Plan(HttpClient http)
    {
        using var content = new ByteArrayContent(Document);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/plan") { Content = content };
        // The server may refuse it unread; a client that is still writing then may not get to read why.
        request.Headers.ExpectContinue = true;
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>A run with as many variables as fit a body.</summary>
    private static readonly byte[] Document = Encoding.UTF8.GetBytes(
        """{"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"a"},"spec":"""
        + """{"resources":{"gpuType":"H100","totalGPUs":1},"workload":{"image":"i","env":{"""
        + string.Join(',', Enumerable.Range(0, Variables).Select(i => $"\"K{i}\":\"xxx\"")) + "}}}}");
}
