using System.Text;
using Jobtree.Api.Access;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Security;

/// <summary>
/// Every route of the API's document, asked by every role about something that is not there, with an empty body. The
/// roles about things of one's own and of others are in the matrix of a real silo; this one knows each route, so that a
/// new one cannot be forgotten.
/// </summary>
public sealed class RouteRoleTests
{
    // 401: who is that; 403: forbidden; 404: hidden, or not there; 422: it has come so far that its content counts.
    private const string Expected = """
                                                            nobody view submit operate root
        GET    /healthz                                     200 200 200 200 200
        GET    /metrics                                     401 200 200 200 200
        GET    /readyz                                      200 200 200 200 200
        GET    /v1/audit                                    401 403 403 403 200
        GET    /v1/audit-log                                401 403 403 403 404
        GET    /v1/budgets                                  401 200 200 200 200
        GET    /v1/budgets/usage                            401 200 200 200 200
        DELETE /v1/budgets/{namespace}/{name}               401 403 403 404 404
        GET    /v1/budgets/{namespace}/{name}               401 404 404 404 404
        DELETE /v1/budgets/{name}                           401 403 403 404 404
        GET    /v1/budgets/{name}                           401 404 404 404 404
        GET    /v1/cluster                                  401 403 403 403 404
        POST   /v1/cluster/accept-loss                      401 403 403 403 404
        POST   /v1/cluster/settle-loss                      401 403 403 403 404
        GET    /v1/export                                   401 403 403 403 200
        GET    /v1/flavors                                  401 200 200 200 200
        GET    /v1/flavors/{name}                           401 404 404 404 404
        GET    /v1/history                                  401 200 200 200 200
        GET    /v1/leases                                   401 200 200 200 200
        GET    /v1/ledger/{flavor}                          401 403 403 403 200
        GET    /v1/ledger/{flavor}/{sequence}/draw          401 403 403 403 404
        GET    /v1/login                                    404 404 404 404 404
        POST   /v1/manifests                                401 403 422 422 422
        GET    /v1/nodes                                    401 200 200 200 200
        DELETE /v1/nodes/{name}                             401 403 403 403 404
        GET    /v1/nodes/{name}                             401 404 404 404 404
        POST   /v1/nodes/{name}/state                       401 403 403 422 422
        POST   /v1/nodes/{name}/telemetry                   401 403 403 403 422
        POST   /v1/plan                                     401 422 422 422 422
        POST   /v1/plan/what-if                             401 422 422 422 422
        GET    /v1/reservations                             401 200 200 200 200
        GET    /v1/runs                                     401 200 200 200 200
        POST   /v1/runs                                     401 403 422 422 422
        GET    /v1/runs/{namespace}/{name}                  401 404 404 404 404
        POST   /v1/runs/{namespace}/{name}/cancel           401 403 404 404 404
        POST   /v1/runs/{namespace}/{name}/complete         401 403 422 422 422
        GET    /v1/runs/{namespace}/{name}/events           401 404 404 404 404
        GET    /v1/runs/{namespace}/{name}/explain          401 404 404 404 404
        POST   /v1/runs/{namespace}/{name}/hold             401 403 404 404 404
        GET    /v1/runs/{namespace}/{name}/logs             401 404 404 404 404
        GET    /v1/runs/{namespace}/{name}/logs/{file}      401 404 404 404 404
        GET    /v1/runs/{namespace}/{name}/plan             401 404 404 404 404
        POST   /v1/runs/{namespace}/{name}/release          401 403 404 404 404
        POST   /v1/runs/{namespace}/{name}/shrink           401 403 422 422 422
        POST   /v1/runs/{namespace}/{name}/sponsors         401 403 422 422 422
        POST   /v1/runs/{namespace}/{name}/telemetry        401 403 404 404 422
        GET    /v1/usage                                    401 200 200 200 200
        GET    /v1/whoami                                   401 200 200 200 200
        """;

    private static readonly (string Name, Role Role, string[] Owners)[] Roles =
    [
        ("view", Role.Viewer, ["org:ai"]), ("submit", Role.Submitter, ["org:ai"]),
        ("operate", Role.Operator, ["org:ai"]), ("root", Role.Operator, ["*"]),
    ];

    private static readonly Dictionary<string, string> Places = new()
    {
        ["{namespace}"] = "default", ["{flavor}"] = "H100", ["{sequence}"] = "1",
        ["{file}"] = "rank-0.out",
    };

    [Fact]
    public async Task Each_route_lets_in_whom_it_says()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Roles);
        await using var running = host;
        var table = new StringBuilder();
        table.Append(' ', 52).AppendLine(string.Join(' ', Roles.Select(role => role.Name).Prepend("nobody")));
        var paths = (await host.Get("/openapi/v1.json")).IsOk().Json["paths"]!.AsObject();
        foreach (var (path, ways) in paths.OrderBy(path => path.Key, StringComparer.Ordinal))
        {
            foreach (var method in ways!.AsObject().Select(way => way.Key.ToUpperInvariant())
                .Order(StringComparer.Ordinal))
            {
                var line = new StringBuilder($"{method,-6} {path}".PadRight(51));
                foreach (var token in Roles.Select(role => tokens[role.Name]).Prepend(null))
                    line.Append(' ').Append((await host.Send(new HttpMethod(method), Filled(path),
                        method == "GET" ? null : "{}", token: token, headers: ("Idempotency-Key", "a"))).Status);
                table.AppendLine(line.ToString());
            }
        }
        Assert.Equal(Expected.ReplaceLineEndings().TrimEnd(), table.ToString().TrimEnd());
    }

    private static string Filled(string path) => string.Join('/', path.Split('/').Select(
        part => part.StartsWith('{') ? Places.GetValueOrDefault(part, "absent") : part));
}
