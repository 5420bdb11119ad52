using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Links;
using Jobtree.Grains.Reporting;
using Jobtree.Silo.Tests.Hosting;
using Orleans.Runtime;
using Orleans.Services;

namespace Jobtree.Silo.Tests.Security;

/// <summary>
/// Every method of every grain, by every role, about things of the caller's owner and of another, at a real silo: by a
/// client of the cluster and by the API. A method or grain that is not classified here fails a test.
/// </summary>
public sealed class GrainRoleMatrixTests : IDisposable
{
    // 401: who is that; 403: forbidden; 404: hidden, or not there.
    private const string Expected = """
                          own                           foreign
                          nobody view submit operate root  nobody view submit operate root
        Apply             401 403 ok ok ok                 401 403 403 403 ok
        GetRun            401 ok ok ok ok                  401 404 404 404 ok
        ListRuns          401 ok ok ok ok                  401 404 404 404 ok
        ListHistory       401 ok ok ok ok                  401 404 404 404 ok
        WatchRuns         401 ok ok ok ok                  401 404 404 404 ok
        ReportRun         401 403 ok ok ok                 401 403 404 404 ok
        ReportNode        401 403 403 403 ok               401 403 403 403 ok
        ExplainRun        401 ok ok ok ok                  401 404 404 404 ok
        PlanRun           401 ok ok ok ok                  401 403 403 403 ok
        WhatIf            401 ok ok ok ok                  401 404 404 404 ok
        HoldRun           401 403 ok ok ok                 401 403 404 404 ok
        ReleaseRun        401 403 ok ok ok                 401 403 404 404 ok
        AddSponsor        401 403 ok ok ok                 401 403 404 404 ok
        ShrinkRun         401 403 ok ok ok                 401 403 404 404 ok
        ListLeases        401 ok ok ok ok                  401 404 404 404 ok
        ListReservations  401 ok ok ok ok                  401 404 404 404 ok
        RunEvents         401 ok ok ok ok                  401 404 404 404 ok
        UsageBetween      401 ok ok ok ok                  401 404 404 404 ok
        CompleteRun       401 403 ok ok ok                 401 403 404 404 ok
        CancelRun         401 403 ok ok ok                 401 403 404 404 ok
        ListNodes         401 ok ok ok ok                  401 ok ok ok ok
        ListBudgets       401 ok ok ok ok                  401 ok ok ok ok
        ListFlavors       401 ok ok ok ok                  401 ok ok ok ok
        BudgetsUsage      401 ok ok ok ok                  401 ok ok ok ok
        DeleteBudget      401 403 403 ok ok                401 403 403 403 ok
        SetNodeState      401 403 403 403 ok               401 403 403 403 ok
        DeleteNode        401 403 403 403 ok               401 403 403 403 ok
        ReadLedger        401 403 403 403 ok               401 403 403 403 ok
        RepeatDraw        401 403 403 403 404              401 403 403 403 404
        Export            401 403 403 403 ok               401 403 403 403 ok
        Audit             401 403 403 403 ok               401 403 403 403 ok
        """;

    private static readonly (string Name, Role? Role, string Owner)[] Callers =
    [
        ("nobody", null, ""), ("view", Role.Viewer, "org:ai"), ("submit", Role.Submitter, "org:ai"),
        ("operate", Role.Operator, "org:ai"), ("root", Role.Operator, "*"),
    ];

    /// <summary>Grains that no client may call, by the interface that one would use.</summary>
    private static readonly Dictionary<Type, Func<IGrainFactory, Task>> Closed = new()
    {
        [typeof(IRunGrain)] = grains => grains.GetGrain<IRunGrain>("default/run-foreign-root-call").Get().AsTask(),
        [typeof(IFlavorGrain)] = grains => grains.GetGrain<IFlavorGrain>("H100").State().AsTask(),
        [typeof(IEnvelopeGrain)] = grains => grains.GetGrain<IEnvelopeGrain>("ai/h100").State().AsTask(),
        [typeof(IDirectoryGrain)] = grains => grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key).State().AsTask(),
        [typeof(IRunIndexGrain)] = grains => grains.GetGrain<IRunIndexGrain>(0).Count().AsTask(),
        [typeof(IReportsService)] = grains => grains.GetGrain(ServiceId).AsReference<IReportsService>()
            .Reported(new ReportsQuery([])),
        [typeof(ILinkService)] = grains => grains.GetGrain(ServiceId).AsReference<ILinkService>().Answer(),
    };

    // Services live on each silo; their address is a silo's.
    private static GrainId ServiceId => SystemTargetGrainId.Create(
        GrainType.Create(GrainTypePrefix.GrainServicePrefix + "reports"),
        SiloAddress.New(IPAddress.Loopback, 1, 0)).GrainId;

    private readonly TestFolder folder = new();
    private readonly Dictionary<string, string?> tokens;

    public GrainRoleMatrixTests() => tokens = Callers.ToDictionary(caller => caller.Name,
        caller => caller.Role is { } role ? TokenFile.Create(Tokens, caller.Name, role, [caller.Owner]) : null);

    private string Tokens => folder.Of("tokens.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_grain_and_every_method_is_classified()
    {
        var grains = typeof(IOperationsGrain).Assembly.GetExportedTypes()
            .Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type)
                && type != typeof(IJournaledGrain));
        Assert.Equal(Closed.Keys.Append(typeof(IOperationsGrain)).Select(type => type.Name).Order(),
            grains.Select(type => type.Name).Order());
        var methods = typeof(IOperationsGrain).GetInterfaces().Append(typeof(IOperationsGrain))
            .Where(type => type.Assembly != typeof(IGrain).Assembly).SelectMany(type => type.GetMethods())
            .Select(method => method.Name);
        Assert.Equal(methods.Order(), FleetCalls.All.Select(call => call.Method).Order());
    }

    [Fact]
    public async Task Each_role_may_do_by_a_client_what_it_may_do_by_the_API()
    {
        var (silo, address) = await Serve();
        using var one = silo;
        using var http = new HttpClient { BaseAddress = address };
        var byClient = new StringBuilder();
        var byApi = new StringBuilder();
        foreach (var caller in Callers)
        {
            await using var program = await ClusterProgram.Connect(silo, () => tokens[caller.Name]);
            foreach (var (whose, owner) in new[] { ("own", "org:ai"), ("foreign", "org:bio") })
            {
                foreach (var call in FleetCalls.All)
                {
                    var cell = $"{call.Method} {whose} {caller.Name} ";
                    var problem = await call.Call(
                        program.Fleet.Operations, new CallTarget(whose, owner, caller.Name, "call"));
                    byClient.AppendLine(cell + Word(problem?.Code));
                    if (call.Path is not null)
                        byApi.AppendLine(cell + await Ask(
                            http, call, new CallTarget(whose, owner, caller.Name, "http"), tokens[caller.Name]));
                }
            }
        }
        var expected = Cells().ToArray();
        Assert.Equal(expected.Order(), Lines(byClient).Order());
        var routes = FleetCalls.All.Where(call => call.Path is not null).Select(call => call.Method).ToHashSet();
        Assert.Equal(expected.Where(cell => routes.Contains(cell.Split(' ')[0])).Order(), Lines(byApi).Order());
    }

    [Fact]
    public async Task No_role_may_call_the_other_grains()
    {
        var (silo, _) = await Serve();
        using var one = silo;
        foreach (var (grain, call) in Closed)
        {
            await using var program = await ClusterProgram.Connect(silo, () => tokens["root"]);
            await ClusterProgram.IsCutOff(_ => call(program.Grains));
            var type = grain.IsAssignableTo(typeof(IGrainService)) ? ServiceId.Type
                : program.Grains.GetGrain(grain, "x").GetGrainId().Type;
            await Eventually.Holds(() => silo.Said.Contains($"it called {type}.", StringComparison.Ordinal));
        }
    }

    private static string[] Lines(StringBuilder text) =>
        text.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Cells()
    {
        foreach (var line in Expected.Split('\n').Skip(2))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            for (var i = 0; i < 2 * Callers.Length; i++)
                yield return $"{words[0]} {(i < Callers.Length ? "own" : "foreign")} "
                    + $"{Callers[i % Callers.Length].Name} {words[i + 1]}";
        }
    }

    // What a command finds when it may be given, such as that a run has ended, is no matter of rights.
    private static string Word(ProblemCode? code) => code switch
    {
        ProblemCode.Unauthenticated => "401",
        ProblemCode.Forbidden => "403",
        ProblemCode.NotFound => "404",
        _ => "ok",
    };

    private static async Task<string> Ask(HttpClient http, FleetCall call, CallTarget target, string? token)
    {
        using var request = new HttpRequestMessage(new HttpMethod(call.Verb), call.Path!(target));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (call.Body is { } body)
            request.Content = new StringContent(body(target), Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => "401",
            HttpStatusCode.Forbidden => "403",
            HttpStatusCode.NotFound => "404",
            HttpStatusCode.OK when call.Lists?.Invoke(target) is { } name
                && !text.Contains(name, StringComparison.Ordinal) => "404",
            HttpStatusCode.BadRequest => $"{(int)response.StatusCode} {text}",
            _ => "ok",
        };
    }

    /// <summary>A silo with a run, a budget and a node for each caller, door and owner; and for each owner a run that
    /// ended and one that has a reservation.</summary>
    private async Task<(HostProcess Silo, Uri Address)> Serve()
    {
        var (silo, address) = await HostProcess.Serve(folder.Of("data"), "--empty", "--gateway-port", "0",
            "--executor", "external", "--token-file", Tokens);
        using var http = new FleetClient(address, tokens["root"]);
        var targets = (from caller in Callers
                       from door in new[] { "call", "http" }
                       from whose in new[] { ("own", "org:ai"), ("foreign", "org:bio") }
                       select new CallTarget(whose.Item1, whose.Item2, caller.Name, door)).ToArray();
        string[] documents =
        [
            Node("n1", "H100", 64), Node("n2", "A100", 2), Budget("ai", "org:ai"), Budget("bio", "org:bio"),
            .. targets.Select(target => Node(target.Node, "spare", 1)),
            .. targets.Select(target => Budget(target.Budget, target.Owner)),
            .. targets.Select(target => target.ManifestText(target.Run.Name, "H100")),
            .. from name in new[] { "first", "later" }
               from target in targets.DistinctBy(target => target.Whose)
               select target.ManifestText($"{name}-{target.Whose}", "A100"),
            .. targets.DistinctBy(target => target.Whose)
                .Select(target => target.ManifestText($"ended-{target.Whose}", "H100")),
        ];
        Assert.Equal(HttpStatusCode.OK, await http.Post("/v1/manifests", $"[{string.Join(',', documents)}]", "fleet"));
        foreach (var whose in new[] { "own", "foreign" })
            Assert.Equal(HttpStatusCode.OK, await http.Post(
                $"/v1/runs/default/ended-{whose}/cancel", "", $"end-{whose}"));
        await http.Until("/v1/history", page => page.GetProperty("items").GetArrayLength() == 2);
        await http.Until("/v1/reservations", page => page.GetProperty("items").GetArrayLength() == 2);
        return (silo, address);
    }

    private static string Node(string name, string flavor, int gpus) =>
        $$$$"""{"apiVersion":"jobtree.dev/v1","kind":"Node","metadata":{"name":"{{{{name}}}}"},"spec":{"flavor":""" +
        $$$$""" "{{{{flavor}}}}","gpus":{{{{gpus}}}}}}""";

    private static string Budget(string name, string owner) =>
        $$$$"""{"apiVersion":"jobtree.dev/v1","kind":"Budget","metadata":{"name":"{{{{name}}}}"},"spec":{"owner":""" +
        $$$$"""
         "{{{{owner}}}}","envelopes":[{"name":"h100","flavor":"H100","concurrency":64,"start":"2020-01-01T00:00:00Z",
         "end":"2100-01-01T00:00:00Z"},{"name":"a100","flavor":"A100","concurrency":64,
         "start":"2020-01-01T00:00:00Z","end":"2100-01-01T00:00:00Z"}]}}
        """;
}
