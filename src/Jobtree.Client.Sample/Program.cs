// Submits a run to a fleet, says what becomes of it, and cancels it when it runs.
//   jobtree-client-sample GPU-TYPE GPUS                         the silo of this machine
//   JOBTREE_REDIS=host:6379 jobtree-client-sample GPU-TYPE GPUS a cluster that meets in Redis
using System.Globalization;
using Jobtree.Client;
using Jobtree.Core.Manifests;
using Jobtree.Core.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using StackExchange.Redis;

if (args is not [var gpuType, var width] || !int.TryParse(width, CultureInfo.InvariantCulture, out var gpus))
{
    Console.Error.WriteLine("usage: jobtree-client-sample GPU-TYPE GPUS");
    return 2;
}

var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.UseOrleansClient(client =>
{
    if (Environment.GetEnvironmentVariable("JOBTREE_REDIS") is { Length: > 0 } redis)
        client.UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(redis));
    else
        client.UseLocalhostClustering();
    client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("jobtree", "jobtree"));
    client.AddJobtreeClient();
});
using var host = builder.Build();
await host.StartAsync();
var fleet = host.Services.GetRequiredService<JobtreeClient>();

var run = new RunKey("sample", $"hello-{Guid.NewGuid():N}"[..14]);
try
{
    var applied = await fleet.Submit(new RunManifest(run, new RunSpec { Owner = "org:sample", Resources = new Resources { GpuType = gpuType, TotalGPUs = gpus } }, null, null));
    Console.WriteLine($"{run}: {applied.Outcome}");
    var state = await fleet.WaitFor(run, phase => phase is RunPhase.Running or RunPhase.Failed, new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
    Console.WriteLine($"{run} is {state.Status!.Phase} with {state.Status.Width?.Allocated} GPUs");
    state = await fleet.Cancel(run);
    Console.WriteLine($"{run} is {state.Status!.Phase}: {state.Status.Message}");
}
catch (OperationCanceledException)
{
    Console.WriteLine((await fleet.Explain(run)).Where);
    await fleet.Cancel(run);
}
catch (JobtreeException refused)
{
    Console.Error.WriteLine($"{refused.Code}: {refused.Message}");
    return 1;
}
return 0;
