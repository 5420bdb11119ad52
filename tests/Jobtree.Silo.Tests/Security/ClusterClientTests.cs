using System.Net;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Client;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Manifests;
using Jobtree.Silo.Tests.Hosting;
using Orleans.Configuration;
using Orleans.Core.Internal;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Jobtree.Silo.Tests.Security;

/// <summary>What clients of the cluster may do at a silo that asks for tokens, honest ones and others.</summary>
public sealed class ClusterClientTests : IClassFixture<ClusterClientTests.GuardedSilo>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly RunKey Foreign = new("default", "foreign");

    private readonly GuardedSilo guarded;
    private readonly HostProcess silo;
    private readonly FleetClient http;
    private readonly int saidBefore;
    private int calledBefore;

    public ClusterClientTests(GuardedSilo guarded)
    {
        this.guarded = guarded;
        silo = guarded.Silo!;
        http = new FleetClient(guarded.Address!, Root);
        saidBefore = silo.Said.Length;
    }

    private string Root => guarded.Root;

    /// <summary>What the silo said since the test began.</summary>
    private string Said => silo.Said[saidBefore..];

    public async ValueTask InitializeAsync() => calledBefore = (await Entries()).Length;

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_client_does_what_its_token_allows_and_the_audit_log_tells()
    {
        var (submitter, viewer) = (guarded.Submitter, guarded.Viewer);
        await using var ci = await ClusterProgram.Connect(silo, () => submitter);
        await using var look = await ClusterProgram.Connect(silo, () => viewer);
        await using var nobody = await ClusterProgram.Connect(silo);
        await using var wrong = await ClusterProgram.Connect(silo, () => submitter + "x");

        Assert.Equal("Run", (await ci.Fleet.Submit(Run("own", "org:ai"), "own-1")).Kind);
        // What a client claims that it may see does not matter.
        var all = new RunQuery { VisibleOwners = ["org"] };
        foreach (var client in new[] { ci, look })
            Assert.Equal(["default/own"], (await client.Fleet.Operations.ListRuns(all)).Value!.Items.Select(
                run => run.Key.ToString()));
        await Refused(ProblemCode.Forbidden, () => ci.Fleet.Submit(Run("other", "org:bio"), "other-1"));
        await Refused(ProblemCode.NotFound, () => ci.Fleet.Cancel(Foreign, "cancel-1"));
        await Refused(ProblemCode.NotFound, () => ci.Fleet.Get(Foreign));
        await Refused(ProblemCode.Forbidden, () => look.Fleet.Submit(Run("more", "org:ai"), "more-1"));
        await Refused(ProblemCode.Invalid, () => ci.Fleet.Cancel(new RunKey("default", "Upper"), "cancel-2"));
        await Refused(ProblemCode.Unauthenticated, () => nobody.Fleet.Cancel(Foreign, "cancel-3"));
        await Refused(ProblemCode.Unauthenticated, () => wrong.Fleet.Get(Foreign));
        await Refused(ProblemCode.Unauthenticated, () => First(nobody.Fleet.Watch(new RunQuery())));
        Assert.Equal(ProblemCode.Forbidden, (await Assert.ThrowsAsync<StreamRefusedException>(
            () => First(ci.Fleet.Operations.Export()))).Problem.Code);
        await ci.Fleet.Cancel(new RunKey("default", "own"), "own-2");
        using (var stop = new CancellationTokenSource())
        {
            await using var runs = ci.Fleet.Watch(new RunQuery(), stop.Token).GetAsyncEnumerator(stop.Token);
            Assert.True(await runs.MoveNextAsync());
            var next = runs.MoveNextAsync().AsTask();
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(Patience));
        }

        Assert.Equal(
        [
            "ci submitter Apply Run default/own own-1 200",
            "ci submitter Apply - other-1 403",
            "ci submitter CancelRun Run default/foreign cancel-1 404",
            "look viewer Apply - - 403",
            "- - CancelRun - - 401",
            "- - GetRun - - 401",
            "- - WatchRuns - - 401",
            "ci submitter Export - - 403",
            "ci submitter CancelRun Run default/own own-2 200",
        ], await Calls());
        Assert.DoesNotContain("cut off", Said, StringComparison.Ordinal);
        foreach (var token in new[] { Root, submitter, viewer })
            Assert.DoesNotContain(token, silo.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_calls_grains_without_end_is_cut_off()
    {
        await using var client = await ClusterProgram.Connect(silo);
        await ClusterProgram.IsCutOff(async silence =>
        {
            for (var key = 0; key < 20; key++)
                await client.Grains.GetGrain<IOperationsGrain>(key).ListNodes(new NodeQuery(), silence);
        });
        await Eventually.Holds(() => Said.Contains("it called more than 16 grains", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stream_ends_with_its_token()
    {
        var tokens = guarded.Tokens;
        await using var client = await ClusterProgram.Connect(silo, () => guarded.Ending);
        await using var runs = client.Fleet.Watch(new RunQuery()).GetAsyncEnumerator();
        Assert.True(await runs.MoveNextAsync());
        var ended = Assert.ThrowsAsync<JobtreeException>(async () =>
        {
            while (await runs.MoveNextAsync()) { }
        });
        var others = TokenFile.Read(tokens).Where(entry => entry.Name != "ends");
        await File.WriteAllTextAsync(tokens, JsonSerializer.Serialize(new
        {
            tokens = others.Select(entry => new
            {
                name = entry.Name, role = entry.Role.ToString().ToLowerInvariant(), owners = entry.Owners,
                sha256 = entry.Sha256,
            }),
        }));
        Assert.Equal(ProblemCode.Unauthenticated, (await ended.WaitAsync(Patience)).Code);
    }

    [Theory]
    [InlineData("it called run")]
    [InlineData("it called sys.svc.")]
    [InlineData("it called management")]
    public async Task A_client_that_calls_what_is_not_for_clients_is_cut_off(string why)
    {
        await using var client = await ClusterProgram.Connect(silo, () => Root);
        await ClusterProgram.IsCutOff(silence => why switch
        {
            "it called run" => client.Grains.GetGrain<IRunGrain>(Foreign.ToString()).State().AsTask(),
            "it called management" => client.Grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: false, silence),
            _ => ClusterProgram.AskMembership(client.Grains, silo),
        });
        await Eventually.Holds(() => Said.Contains(why, StringComparison.Ordinal));
        Assert.StartsWith($"- - {why}", Assert.Single(await Calls()), StringComparison.Ordinal);
        // The silo goes on, also for this program.
        Assert.Equal(Foreign, (await client.Fleet.Get(Foreign)).Key);
    }

    [Fact]
    public async Task What_every_grain_has_beside_its_interface_is_not_for_clients()
    {
        await using var client = await ClusterProgram.Connect(silo, () => Root);
        var grain = client.Grains.GetGrain<IOperationsGrain>(7);
        Assert.True((await grain.ListNodes(new NodeQuery())).Succeeded(out _, out _));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(
            () => grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle().AsTask());
    }

    [Fact]
    public async Task A_client_that_takes_the_name_of_another_does_not_take_its_address()
    {
        var submitter = guarded.Submitter;
        await using var own = await ClusterProgram.Connect(silo, () => submitter, identity: "the-same");
        await Refused(ProblemCode.NotFound, () => own.Fleet.Cancel(Foreign, "own"));
        using var elsewhere = LoopbackRelay.Start(ClusterProgram.GatewayOf(silo));
        await using var thief = await ClusterProgram.Connect(silo, () => submitter, identity: "the-same",
            client => client.UseStaticClustering(elsewhere.Address));
        await Refused(ProblemCode.NotFound, () => thief.Fleet.Cancel(Foreign, "stolen"));
        await using var other = await ClusterProgram.Connect(silo, () => submitter,
            configure: client => client.UseStaticClustering(elsewhere.Address));
        await Refused(ProblemCode.NotFound, () => other.Fleet.Cancel(Foreign, "other"));
        Assert.Equal(
            ["own cluster client 127.0.0.1", "stolen cluster client 127.0.0.1 or 127.0.0.2",
                "other cluster client 127.0.0.2"],
            (await Entries()).Select(entry => $"{entry.GetProperty("operation")} {entry.GetProperty("address")}"));
    }

    [Fact]
    public async Task A_client_cannot_introduce_itself_as_a_silo()
    {
        // A silo asks its own grains under this name, for whoever sends requests to its API.
        await ClusterProgram.IsKeptOut(silo, "it introduced itself as sys", identity: "hosted-S127.0.0.1:11111:0");
        Assert.Equal(HttpStatusCode.OK, await http.Status("/v1/runs"));
    }

    [Fact]
    public async Task A_client_cannot_send_in_the_name_of_a_grain()
    {
        var forges = false;
        await using var client = await ClusterProgram.Connect(silo, () => Root, configure: builder =>
            builder.Configure<ClientConnectionOptions>(connections => connections.ConfigureConnection(
                connection => connection.Use(ForgedSender.Around(() => forges)))));
        Assert.Equal(Foreign, (await client.Fleet.Get(Foreign)).Key);
        forges = true;
        await ClusterProgram.IsCutOff(silence => client.Fleet.Cancel(Foreign, cancellation: silence));
        forges = false;
        Assert.NotEqual(RunPhase.Failed, (await client.Fleet.Get(Foreign)).Status!.Phase);
        await Eventually.Holds(() => Said.Contains("it sent in the name of operations", StringComparison.Ordinal));
    }

    private static async Task<T> First<T>(IAsyncEnumerable<T> stream)
    {
        await foreach (var item in stream)
            return item;
        throw new InvalidOperationException("The stream is empty.");
    }

    /// <summary>What the audit log tells of clients since the test began.</summary>
    private async Task<string[]> Calls() => [.. (await Entries()).Select(Line)];

    private async Task<JsonElement[]> Entries() =>
        [.. (await http.Text("/v1/audit-log")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.GetProperty("method").GetString() == "CALL").Skip(calledBefore)];

    private static string Line(JsonElement entry)
    {
        Assert.Equal("cluster client 127.0.0.1", entry.GetProperty("address").GetString());
        return string.Join(' ', new[] { "token", "role", "route", "target", "operation", "status" }
            .Select(name => entry.TryGetProperty(name, out var value) ? value.ToString() : "-"));
    }

    private static RunManifest Run(string name, string owner) => new(new RunKey("default", name),
        new RunSpec { Owner = owner, Resources = new Resources { GpuType = "H100", TotalGPUs = 4 } }, null, null);

    private static async Task Refused<T>(ProblemCode code, Func<Task<T>> command) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<JobtreeException>(command)).Code);

    /// <summary>A silo that asks for tokens, with a fleet, and a run of another owner.</summary>
    public sealed class GuardedSilo : IAsyncLifetime
    {
        private readonly TestFolder folder = new();

        public GuardedSilo()
        {
            Root = TokenFile.Create(Tokens, "root", Role.Operator, ["*"]);
            Submitter = TokenFile.Create(Tokens, "ci", Role.Submitter, ["org:ai"]);
            Viewer = TokenFile.Create(Tokens, "look", Role.Viewer, ["org:ai"]);
            Ending = TokenFile.Create(Tokens, "ends", Role.Viewer, ["*"]);
        }

        internal HostProcess? Silo { get; private set; }

        internal Uri? Address { get; private set; }

        internal string Tokens => folder.Of("tokens.json");

        internal string Root { get; }

        internal string Submitter { get; }

        internal string Viewer { get; }

        /// <summary>A token that the test of its end takes out of the file.</summary>
        internal string Ending { get; }

        public async ValueTask InitializeAsync()
        {
            (Silo, Address) = await HostProcess.Serve(
                folder.Of("data"), "--empty", "--gateway-port", "0", "--token-file", Tokens);
            using var http = new FleetClient(Address, Root);
            Assert.Equal(HttpStatusCode.OK, await http.Post("/v1/manifests", Fleets.Small, "fleet"));
            var foreign = Fleets.Run("foreign").Replace("org:ai", "org:bio", StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, await http.Post("/v1/runs", foreign, "foreign"));
        }

        public ValueTask DisposeAsync()
        {
            Silo?.Dispose();
            folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
