using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Jobtree.Silo.Tests.Security;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Tests.Kubernetes;

/// <summary>
/// What a silo sees of Kubernetes: pods of one namespace over HTTPS, to a caller with the service account's token, and
/// only what the shipped role allows. Everything else is refused and remembered.
/// </summary>
internal sealed class KubernetesApi : IAsyncDisposable
{
    public const string Namespace = "fleet";
    private const string Token = "token-of-the-service-account";

    private readonly ClusterAuthority authority = new();
    private readonly V1Role role;
    private readonly ConcurrentDictionary<string, V1Pod> pods = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Channel<V1Pod>> watches = [];
    private readonly WebApplication app;

    private KubernetesApi(V1Role role)
    {
        this.role = role;
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var certificate = authority.Sign("api", more: names.Build());
        Directory.CreateDirectory(Account);
        File.WriteAllText(Path.Combine(Account, "token"), Token);
        File.WriteAllText(Path.Combine(Account, "namespace"), Namespace);
        File.Copy(authority.Of("ca.crt"), Path.Combine(Account, "ca.crt"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(server =>
            server.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        app = builder.Build();
        app.Run(Answer);
    }

    /// <summary>Verbs that were used, as the role has them.</summary>
    public ConcurrentDictionary<string, bool> Verbs { get; } = new(StringComparer.Ordinal);

    /// <summary>Requests that the role does not allow, or that lack the token.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    /// <summary>The folder that a pod finds below <c>/var/run/secrets/kubernetes.io/serviceaccount</c>.</summary>
    public string Account => authority.Of("account");

    public static async Task<KubernetesApi> Start(V1Role role)
    {
        var api = new KubernetesApi(role);
        await api.app.StartAsync();
        return api;
    }

    /// <summary>Makes a pod as the chart does, and tells the variables that its process has.</summary>
    public (string, string)[] AddPod(string name, IDictionary<string, string> labels)
    {
        pods[name] = new V1Pod
        {
            ApiVersion = "v1", Kind = "Pod",
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Namespace, Labels = labels },
        };
        var address = new Uri(app.Urls.Single());
        return
        [
            ("POD_NAME", name), ("POD_NAMESPACE", Namespace), ("POD_IP", "127.0.0.1"),
            // As the image has it: the runtime would need a folder to write its port to.
            ("DOTNET_EnableDiagnostics", "0"),
            ("KUBERNETES_SERVICE_HOST", address.Host),
            ("KUBERNETES_SERVICE_PORT", address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>Deletes a pod, and tells those who watch.</summary>
    public void DeletePod(string name)
    {
        Assert.True(pods.TryRemove(name, out var pod));
        foreach (var watch in watches)
            watch.Writer.TryWrite(pod);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var watch in watches)
            watch.Writer.TryComplete();
        await app.DisposeAsync();
        authority.Dispose();
    }

    private async Task Answer(HttpContext http)
    {
        var request = http.Request;
        var collection = $"/api/v1/namespaces/{Namespace}/pods";
        var verb = (request.Method, request.Path.Value == collection, request.Query["watch"] == "true") switch
        {
            ("GET", true, true) => "watch",
            ("GET", true, false) => "list",
            ("GET", false, _) => "get",
            var (method, _, _) => method.ToLowerInvariant(),
        };
        var isAllowed = request.Headers.Authorization == $"Bearer {Token}"
            && request.Path.StartsWithSegments(collection)
            && role.Rules.Any(rule => rule.Resources.Contains("pods") && rule.Verbs.Contains(verb));
        if (!isAllowed)
        {
            Refused.Enqueue($"{request.Method} {request.Path}{request.QueryString}");
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        Verbs[verb] = true;
        var selected = pods.Values.Where(pod => Selects(request.Query["labelSelector"].ToString(), pod)).ToList();
        switch (verb)
        {
            case "watch":
                await Watch(http);
                break;
            case "list":
                await Write(http, new V1PodList { ApiVersion = "v1", Kind = "PodList", Items = selected });
                break;
            default:
                await Write(http, pods[request.Path.Value![(collection.Length + 1)..]]);
                break;
        }
    }

    private async Task Watch(HttpContext http)
    {
        var changes = Channel.CreateUnbounded<V1Pod>();
        watches.Add(changes);
        http.Response.ContentType = "application/json";
        await http.Response.Body.FlushAsync(http.RequestAborted);
        await foreach (var pod in changes.Reader.ReadAllAsync(http.RequestAborted))
        {
            await http.Response.WriteAsync(
                $$"""{"type":"DELETED","object":{{KubernetesJson.Serialize(pod)}}}""" + "\n", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
        }
    }

    private static bool Selects(string selector, V1Pod pod) => selector.Split(',').Select(part => part.Split('='))
        .All(part => pod.Labels().TryGetValue(part[0], out var value) && value == part[1]);

    private static Task Write(HttpContext http, object answer)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(KubernetesJson.Serialize(answer), http.RequestAborted);
    }
}
