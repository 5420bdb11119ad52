using System.Diagnostics;
using System.Net;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Bench;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

var silos = int.Parse(args[0]); var gpus = int.Parse(args[1]); var workers = int.Parse(args[2]);
var hosts = new List<IHost>();
for (var i = 0; i < silos; i++)
{
    var builder = Host.CreateApplicationBuilder();
    builder.Logging.ClearProviders();
    var port = 21111 + i;
    builder.UseOrleans(silo =>
    {
        silo.UseLocalhostClustering(port, 31000 + i, i == 0 ? null : new IPEndPoint(IPAddress.Loopback, 21111));
        silo.UseInMemoryReminderService();
        silo.Services.AddSingleton<IActorJournals, NoJournals>();
        silo.AddJobtreeGrains();
    });
    var host = builder.Build();
    await host.StartAsync();
    hosts.Add(host);
}
var shape = new FleetShape(gpus);
var ops = hosts[0].Services.GetRequiredService<IOperations>();
var applied = await ops.Apply([.. shape.Manifests()], "bench", null);
if (applied.Problem is { } p) throw new InvalidOperationException(p.Detail);
var pool = new RunPool((int)(0.7 * gpus), 1);
var load = Enumerable.Range(0, workers).Select(n => new Worker(hosts[n % silos].Services.GetRequiredService<IFleet>(), new RunMix($"p{n}", n, shape), pool)).ToArray();
await Task.WhenAll(load.Select(w => Task.Run(w.Fill)));
Console.WriteLine("filled");
for (var r = 0; r < 4; r++)
{
    var cpu = Environment.CpuUsage.TotalTime; var mem = GC.GetTotalAllocatedBytes(); var t = Stopwatch.GetTimestamp(); var gc = GC.GetTotalPauseDuration();
    await Task.WhenAll(load.Select(w => Task.Run(() => w.Run(TimeSpan.FromSeconds(5), TimeSpan.Zero))));
    var took = Stopwatch.GetElapsedTime(t); cpu = Environment.CpuUsage.TotalTime - cpu; mem = GC.GetTotalAllocatedBytes() - mem;
    var all = new Latencies(); foreach (var w in load) all.AddAll(w.Latencies);
    Console.WriteLine($"{all.Count / took.TotalSeconds:N0}/s  p50 {all.At(0.5):N0} us p99 {all.At(0.99):N0} us  cpu {cpu.TotalMicroseconds / all.Count:N1} us each  {mem / all.Count:N0} B each  gc {(GC.GetTotalPauseDuration() - gc).TotalSeconds:N2}s heap {GC.GetTotalMemory(false) / 1e6:N0} MB waited {load.Sum(w => w.Waited)}");
}
