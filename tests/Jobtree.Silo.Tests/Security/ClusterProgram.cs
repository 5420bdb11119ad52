using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Jobtree.Client;
using Jobtree.Silo.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Jobtree.Silo.Tests.Security;

/// <summary>A program with a real Orleans client of a silo, which may lie.</summary>
internal sealed partial class ClusterProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly IHost host;

    private ClusterProgram(IHost host) => this.host = host;

    public JobtreeClient Fleet => host.Services.GetRequiredService<JobtreeClient>();

    public IGrainFactory Grains => host.Services.GetRequiredService<IClusterClient>();

    /// <summary>Connects to the gateway of a silo that runs as a process.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="token">Gives the client's token; absent: it has none.</param>
    /// <param name="identity">Under which name it introduces itself; absent: one that Orleans draws.</param>
    /// <param name="configure">Changes the client.</param>
    /// <param name="cancellation">Stops a client that is not let in and tries again and again.</param>
    public static async Task<ClusterProgram> Connect(HostProcess silo, Func<string?>? token = null,
        string? identity = null, Action<IClientBuilder>? configure = null, CancellationToken cancellation = default)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client =>
        {
            client.UseLocalhostClustering(GatewayOf(silo));
            client.Configure<ClusterOptions>(names => (names.ClusterId, names.ServiceId) = ("jobtree", "jobtree"));
            // What is under way on a connection that is cut off gets no answer; it is sent again after this.
            client.Configure<ClientMessagingOptions>(messages => messages.ResponseTimeout = Patience / 6);
            client.AddJobtreeClient(new JobtreeClientOptions
            {
                Patience = Patience,
                Token = token is null ? null : () => new(token()),
            });
            configure?.Invoke(client);
        });
        var host = builder.Build();
        if (identity is not null)
            TakeIdentity(host.Services, identity);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            await host.StartAsync(patience.Token);
        }
        catch
        {
            host.Dispose();
            throw;
        }
        return new ClusterProgram(host);
    }

    public static int GatewayOf(HostProcess silo) =>
        int.Parse(Gateway().Match(silo.Said).Groups["port"].Value, CultureInfo.InvariantCulture);

    /// <summary>Makes a call for which the silo closes the connection: nobody answers it.</summary>
    public static async Task IsCutOff(Func<CancellationToken, Task> call)
    {
        using var silence = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAnyAsync<Exception>(() => call(silence.Token).WaitAsync(silence.Token));
    }

    /// <summary>Calls one of Orleans' own services on a silo, as only silos do.</summary>
    public static Task AskMembership(IGrainFactory grains, HostProcess silo)
    {
        var type = Assembly.Load("Orleans.Runtime").GetType("Orleans.Runtime.ISiloControl", false)
            ?? Assembly.Load("Orleans.Core").GetType("Orleans.ISiloControl", true)!;
        var target = SystemTargetGrainId.Create(GrainType.Create("sys.svc.silo-control"),
            SiloAddress.New(IPAddress.Loopback, GatewayOf(silo), 0));
        var reference = grains.GetGrain(target.GrainId);
        var asControl = typeof(GrainExtensions).GetMethods().Single(method => method.Name == "AsReference"
            && method.GetGenericArguments().Length == 1 && method.GetParameters().Length == 1)
            .MakeGenericMethod(type).Invoke(null, [reference])!;
        var method = type.GetMethod("ForceGarbageCollection")!;
        return (Task)method.Invoke(asControl, new object?[method.GetParameters().Length])!;
    }

    /// <summary>Tries to connect until the silo has said something, and makes sure that it was in vain.</summary>
    public static async Task IsKeptOut(
        HostProcess silo, string said, string? identity = null, Action<IClientBuilder>? configure = null)
    {
        using var stop = new CancellationTokenSource();
        var connecting = Connect(silo, null, identity, configure, stop.Token);
        await Eventually.Holds(() => silo.Said.Contains(said, StringComparison.Ordinal));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => connecting);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await host.StopAsync(patience.Token);
        host.Dispose();
    }

    /// <summary>Orleans has no way to choose a client's id, and none to keep a client from choosing it.</summary>
    private static void TakeIdentity(IServiceProvider services, string identity)
    {
        var core = Assembly.Load("Orleans.Core");
        var details = services.GetRequiredService(core.GetType("Orleans.LocalClientDetails", true)!);
        var property = details.GetType().GetProperty("ClientId")!;
        var id = property.PropertyType.GetMethod("Create", [typeof(string)])!.Invoke(null, [identity]);
        details.GetType().GetField("<ClientId>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)!
            .SetValue(details, id);
    }

    [GeneratedRegex(@"^Gateway 127\.0\.0\.1:(?<port>\d+)", RegexOptions.Multiline)]
    private static partial Regex Gateway();
}
