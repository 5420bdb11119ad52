using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Routes;

public sealed class ManifestTests
{
    [Fact]
    public async Task Several_documents_of_yaml_are_applied_in_order()
    {
        await using var host = await ApiHost.Start();
        var applied = (await host.Post("/v1/manifests", """
            apiVersion: jobtree.dev/v1
            kind: Node
            metadata: {name: n1}
            spec: {flavor: H100, gpus: 8}
            ---
            apiVersion: rq.davidlangworthy.io/v1
            kind: Run
            metadata: {name: train}
            spec:
              owner: org:ai
              resources: {gpuType: H100, totalGPUs: 8}
            """, contentType: "application/yaml; charset=utf-8")).IsOk().Json;
        Assert.Equal(["Node", "Run"], applied["items"]!.AsArray().Select(item => (string?)item!["kind"]));
        Assert.Equal("bound", (string?)applied["items"]![1]!["outcome"]);
    }

    [Fact]
    public async Task An_array_of_json_documents_is_applied()
    {
        await using var host = await ApiHost.Start();
        var applied = (await host.Post("/v1/manifests",
            $"[{Samples.Node("n1")},{Samples.Budget("ai", "org:ai")},{Samples.Run("r")}]")).IsOk().Json;
        Assert.Equal(3, applied["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Wrong_manifests_are_refused_with_every_finding_and_nothing_is_applied()
    {
        await using var host = await ApiHost.Start();
        var refused = (await host.Post(
            "/v1/manifests",
            $"[{Samples.Node("good")},{Samples.Node("bad", gpus: 65)},{Samples.Run("train", gpus: 0)}]")).IsProblem(
            422, "invalid");
        var errors = refused.Json["errors"]!.AsArray().Select(error => (string)error!).ToList();
        Assert.Contains(errors, error => error.Contains("spec.gpus", StringComparison.Ordinal)
            && error.Contains("64", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("totalGPUs", StringComparison.Ordinal));
        (await host.Get("/v1/nodes/good")).IsProblem(404, "not-found");
        Assert.Empty(host.Fleet.Operations);
    }

    [Theory]
    [InlineData(
        """{"apiVersion":"jobtree.dev/v1","kind":"Run","kind":"Run","metadata":{"name":"a"},"spec":{"resources":""" +
        """{"gpuType":"H100","totalGPUs":1}}}""")]
    [InlineData(
        """{"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"../../etc"},"spec":{"resources":""" +
        """{"gpuType":"H100","totalGPUs":1}}}""")]
    [InlineData(
        """{"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"a"},"spec":{"resources":""" +
        """{"gpuType":"H100","totalGPUs":1}},"extra":true}""")]
    [InlineData(
        """{"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"a"},"spec":{"resources":""" +
        """{"gpuType":"H100","totalGPUs":1e99}}}""")]
    [InlineData("""{"apiVersion":"jobtree.dev/v1","kind":"Secret","metadata":{"name":"a"},"spec":{}}""")]
    [InlineData("{")]
    [InlineData("\"text\"")]
    [InlineData("")]
    public async Task Hostile_documents_are_refused(string body)
    {
        await using var host = await ApiHost.Start();
        foreach (var path in new[] { "/v1/runs", "/v1/manifests", "/v1/plan" })
        {
            var answer = await host.Post(path, body);
            if (body.Length == 0 && path == "/v1/manifests" && answer.Status == 200)
                Assert.Empty(answer.Json["items"]!.AsArray());
            else
                answer.IsProblem(422, "invalid");
        }

        Assert.Empty((await host.Get("/v1/runs")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Submitting_takes_exactly_one_run()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", $"[{Samples.Run("a")},{Samples.Run("b")}]")).IsProblem(422, "invalid");
        (await host.Post("/v1/runs", Samples.Node("n"))).IsProblem(422, "invalid");
        Assert.Empty(host.Fleet.Operations);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/jsonx")]
    [InlineData("nonsense")]
    public async Task Bodies_of_other_types_are_refused(string contentType)
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/runs", Samples.Run("a"), contentType: contentType)).IsProblem(
            415, "unsupported-media-type");
        (await host.Post("/v1/runs/default/a/complete", """{"succeeded":true}""", contentType: contentType)).IsProblem(
            415, "unsupported-media-type");
    }

    [Fact]
    public async Task Compressed_bodies_are_refused()
    {
        await using var host = await ApiHost.Start();
        using var content = new ByteArrayContent([0x1f, 0x8b, 8, 0]);
        content.Headers.Add("Content-Type", "application/json");
        content.Headers.Add("Content-Encoding", "gzip");
        using var response = await host.Client.PostAsync("/v1/manifests", content);
        (await Answer.From(response)).IsProblem(415, "unsupported-media-type");
    }

    [Fact]
    public async Task Leases_cannot_be_applied()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", """
            apiVersion: jobtree.dev/v1
            kind: Lease
            metadata: {name: l1}
            spec: {run: default/train, slots: [n1#0-3], role: Active, start: 2026-01-01T00:00:00Z, reason: Start}
            """, contentType: "application/yaml")).IsProblem(422, "invalid");
    }
}
