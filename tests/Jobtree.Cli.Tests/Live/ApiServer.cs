using Jobtree.Api;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Losses;
using Jobtree.Actors.Ports;
using Jobtree.Cli.Manifests;
using Jobtree.Cli.Tests.Fleet;
using Jobtree.Cli.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Jobtree.Cli.Tests.Live;

/// <summary>The real API on a free loopback port, over the sample fleet.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private ApiServer(WebApplication app, MemoryFleet fleet) => (this.app, Fleet) = (app, fleet);

    public MemoryFleet Fleet { get; }

    public string Url => app.Urls.Single();

    public static async Task<ApiServer> OverSample(
        CliBench bench, string? tokenFile = null, IRunLogs? logs = null, IAuditStore? audit = null,
        IStoreLosses? losses = null, OidcOptions? oidc = null)
    {
        var sample = await File.ReadAllBytesAsync(Stories.StoryFile.PathOf("cluster.yaml"));
        Assert.True(ManifestText.ReadState(sample, "cluster.yaml").Succeeded(out var documents, out _));
        var fleet = new MemoryFleet(documents, bench.Time);
        var app = JobtreeApi.Create(
            fleet,
            new ApiOptions { Port = 0, TokenFile = tokenFile, Oidc = oidc },
            builder =>
            {
                if (logs is not null)
                    builder.Services.AddSingleton(logs);
                if (audit is not null)
                    builder.Services.AddSingleton(audit);
                if (losses is not null)
                    builder.Services.AddSingleton(losses);
            });
        await app.StartAsync();
        return new ApiServer(app, fleet);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
