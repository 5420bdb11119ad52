// Submits a run to a fleet, prints its outcome, cancels it, and watches it end.
//   jobtree-client-sample GPU-TYPE GPUS                         a silo of this machine with --gateway-port 30000
//   JOBTREE_REDIS=host:6379 jobtree-client-sample GPU-TYPE GPUS a cluster that uses Redis
//   jobtree-client-sample GPU-TYPE GPUS --metrics-port 8000     serves its metrics and prints them at the end
// JOBTREE_TOKEN is its token, and JOBTREE_TLS the folder with its tls.crt, tls.key and ca.crt, where silos want them.
using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Client;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using StackExchange.Redis;

int? metricsPort = null;
if (args is not [var gpuType, var width, .. var options]
    || !int.TryParse(width, CultureInfo.InvariantCulture, out var gpus) || !ReadOptions(options))
{
    Console.Error.WriteLine("usage: jobtree-client-sample GPU-TYPE GPUS [--metrics-port N]");
    return 2;
}

await using var metrics = metricsPort is { } port ? await JobtreeMetrics.StartServer(port) : null;

var builder = Host.CreateApplicationBuilder();
// Orleans' connection logs are for operators; this program reports its own failures.
builder.Logging.SetMinimumLevel(LogLevel.None);
builder.UseOrleansClient(client =>
{
    if (Environment.GetEnvironmentVariable("JOBTREE_REDIS") is { Length: > 0 } redis)
        client.UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(redis));
    else
        client.UseLocalhostClustering();
    client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("jobtree", "jobtree"));
    if (Environment.GetEnvironmentVariable("JOBTREE_TLS") is { Length: > 0 } folder)
        client.UseJobtreeTls(
            Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"), Path.Combine(folder, "ca.crt"));
    client.AddJobtreeClient(new JobtreeClientOptions
    {
        Token = static () => new(Environment.GetEnvironmentVariable("JOBTREE_TOKEN")),
    });
});
using var host = builder.Build();
using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
try
{
    await host.StartAsync(patience.Token);
    var fleet = host.Services.GetRequiredService<JobtreeClient>();
    var run = new RunKey("sample", $"hello-{Guid.NewGuid():N}"[..14]);
    var applied = await fleet.Submit(
        new RunManifest(run, new RunSpec { Owner = "org:sample",
        Resources = new Resources { GpuType = gpuType, TotalGPUs = gpus } }, null, null));
    Console.WriteLine($"{run}: {applied.Outcome}");
    if (applied.Outcome != "bound")
        Console.WriteLine((await fleet.Explain(run)).Where);
    var state = await fleet.Cancel(run);
    await foreach (var seen in fleet.Watch(new RunQuery { Namespace = run.Namespace, Name = run.Name }, patience.Token))
    {
        Console.WriteLine($"{run} is {seen.Status!.Phase}: {seen.Status.Message}");
        if (seen.Status.Phase == state.Status!.Phase)
        {
            await PrintMetrics();
            return 0;
        }
    }
    return 1;
}
catch (JobtreeException refused)
{
    Console.Error.WriteLine($"{refused.Code}: {refused.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("No silo answered within 30 seconds. Is one running, and is this its cluster?");
    return 1;
}

bool ReadOptions(string[] given)
{
    if (given is ["--metrics-port", var text]
        && int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 65535)
        metricsPort = number;
    return given.Length == 0 || metricsPort is not null;
}

async Task PrintMetrics()
{
    if (metrics is null)
        return;
    using var http = new HttpClient();
    Console.WriteLine($"{metrics.Address}:");
    foreach (var line in (await http.GetStringAsync(metrics.Address)).Split('\n'))
    {
        if (line.StartsWith("jobtree_sdk_requests_total", StringComparison.Ordinal))
            Console.WriteLine(line);
    }
}
