using Jobtree.Api.Access;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;
using Jobtree.Manifests;

namespace Jobtree.Api.Tests.Routes;

public sealed class ExportTests
{
    [Fact]
    public async Task The_whole_fleet_is_exported_as_documents_that_read_back()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests",
            $"[{Samples.Node("n1")},{Samples.Budget("ai", "org:ai")},{Samples.Run("runs", gpus: 8)},"
            + $"{Samples.Run("waits", "org:guest", gpus: 8)}]")).IsOk();
        var answer = (await host.Get("/v1/export")).IsOk();
        Assert.Equal("application/yaml", answer.ContentType);
        Assert.EndsWith("# end of 7 documents\n", answer.Text, StringComparison.Ordinal);
        var read = ManifestReader.Read(System.Text.Encoding.UTF8.GetBytes(answer.Text), new ManifestReaderOptions());
        Assert.True(read.IsValid, string.Join('\n', read.Errors));
        Assert.Equal(
            [nameof(NodeManifest), nameof(BudgetManifest), nameof(BudgetManifest), nameof(FlavorManifest),
                nameof(RunManifest), nameof(RunManifest), nameof(LeaseManifest)],
            read.Manifests.Select(manifest => manifest.GetType().Name));
    }

    [Fact]
    public async Task Only_who_may_see_everything_may_export()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(
            ("all", Role.Viewer, ["*"]), ("ai", Role.Operator, ["org:ai"]));
        await using var _ = host;
        (await host.Get("/v1/export")).IsProblem(401, "unauthenticated");
        (await host.Get("/v1/export", tokens["ai"])).IsProblem(403, "forbidden");
        Assert.EndsWith("# end of 2 documents\n", (await host.Get("/v1/export", tokens["all"])).IsOk().Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fleet_that_breaks_before_the_first_document_is_a_problem()
    {
        await using var host = await ApiHost.Start();
        host.Fleet.Breaks = new TimeoutException();
        Assert.True((await host.Get("/v1/export")).Status >= 500);
    }
}
