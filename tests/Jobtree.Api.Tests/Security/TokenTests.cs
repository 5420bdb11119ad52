using Jobtree.Api.Access;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Jobtree.Api.Tests.Security;

public sealed class TokenTests
{
    private static readonly (string, Role, string[])[] Tokens =
    [
        ("root", Role.Operator, ["*"]), ("ai-view", Role.Viewer, ["org:ai"]), ("ai-submit", Role.Submitter, ["org:ai"]),
            ("ai-operate", Role.Operator, ["org:ai"]),
        ("bio-submit", Role.Submitter, ["org:bio"]), ("all-view", Role.Viewer, ["*"]),
    ];

    [Theory]
    [InlineData("/v1/runs")]
    [InlineData("/v1/nodes")]
    [InlineData("/v1/budgets/usage")]
    [InlineData("/v1/runs?watch=true")]
    [InlineData("/metrics")]
    public async Task Without_a_valid_token_nothing_is_told(string path)
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        Assert.Contains("Bearer", (await host.Get(path)).IsProblem(401, "unauthenticated").Headers["WWW-Authenticate"],
            StringComparison.Ordinal);
        foreach (var wrong in new[] { "x", new string('x', 300), tokens["root"][..^1], tokens["root"] + "x",
            Flip(tokens["root"]) })
            (await host.Get(path, wrong)).IsProblem(401, "unauthenticated");
        (await host.Get(path, headers: ("Authorization", $"Basic {tokens["root"]}"))).IsProblem(401, "unauthenticated");
        (await host.Get(path, headers: ("Authorization", "Bearer"))).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_token_is_accepted_until_it_ends()
    {
        var folder = Directory.CreateTempSubdirectory("jobtree-api-").FullName;
        var file = Path.Combine(folder, "tokens.json");
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var token = TokenFile.Create(file, "ci", Role.Viewer, ["*"], time.GetUtcNow().AddMinutes(10));
        await using var host = await ApiHost.Start((ApiOptions options) => options with { TokenFile = file },
            builder => builder.Services.AddSingleton<TimeProvider>(time), folder);
        var who = (await host.Get("/v1/whoami", token)).IsOk().Json!;
        Assert.Equal("token-file", (string?)who["by"]);
        Assert.Equal(time.GetUtcNow().AddMinutes(10), (DateTimeOffset)who["expires"]!);
        time.Advance(TimeSpan.FromMinutes(10));
        (await host.Get("/v1/whoami", token)).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task Health_page_and_document_need_no_token()
    {
        var (host, _) = await ApiHost.StartWithTokens(Tokens);
        await using var __ = host;
        foreach (var path in new[] { "/healthz", "/readyz", "/", "/openapi/v1.json" })
            Assert.Equal(200, (await host.Get(path)).Status);
    }

    [Fact]
    public async Task A_viewer_reads_its_own_runs_and_no_others()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        await Fill(host, tokens["root"]);
        var viewer = tokens["ai-view"];
        Assert.Equal(["mine", "below"], Names((await host.Get("/v1/runs", viewer)).IsOk()).OrderDescending());
        Assert.Empty(Names((await host.Get("/v1/runs?owner=org:bio", viewer)).IsOk()));
        (await host.Get("/v1/runs/default/below", viewer)).IsOk();
        Assert.Equal(4, Names((await host.Get("/v1/runs", tokens["all-view"])).IsOk()).Count());
        foreach (var (verb, suffix) in new[] { ("GET", ""), ("GET", "/explain"), ("GET", "/plan"), ("GET", "/logs"),
            ("GET", "/logs/1/rank-0.out") })
        {
            // To one who may not see it, a run of another owner and a run that is not there look the same.
            var foreign = (await host.Send(new HttpMethod(verb), "/v1/runs/default/other" + suffix, token: viewer))
                .IsProblem(404, "not-found");
            var absent = (await host.Send(new HttpMethod(verb), "/v1/runs/default/absent" + suffix, token: viewer))
                .IsProblem(404, "not-found");
            Assert.Equal(foreign.Text.Replace("other", "absent", StringComparison.Ordinal), absent.Text);
        }
    }

    [Fact]
    public async Task An_owner_is_not_a_prefix_of_letters()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        await Fill(host, tokens["root"]);
        (await host.Get("/v1/runs/default/aider", tokens["ai-view"])).IsProblem(404, "not-found");
        (await host.Post("/v1/runs", Samples.Run("x", owner: "org:aider"), tokens["ai-submit"])).IsProblem(
            403, "forbidden");
    }

    [Fact]
    public async Task Leases_reservations_and_watches_show_only_ones_own()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        (await host.Post("/v1/manifests",
            $"[{Samples.Node("n1", 2)},{Samples.Budget("ai", "org:ai")},{Samples.Budget("bio", "org:bio")}]",
            tokens["root"])).IsOk();
        foreach (var (name, owner) in new[] { ("other", "org:bio"), ("mine", "org:ai"), ("other-later", "org:bio"),
            ("mine-later", "org:ai") })
            (await host.Post("/v1/runs", Samples.Run(name, owner, more: ",\"runtime\":{\"expectedDuration\":\"1h\"}"),
                tokens["root"])).IsOk();
        Assert.Equal("default/mine", (string?)Assert.Single(
            (await host.Get("/v1/leases", tokens["ai-view"])).IsOk().Json["items"]!.AsArray())!["spec"]!["run"]);
        Assert.Equal("default/mine-later",
            (string?)Assert.Single((await host.Get("/v1/reservations", tokens["ai-view"])).IsOk()
            .Json["items"]!.AsArray())!["reservation"]!["run"]);
        Assert.Equal(2, (await host.Get("/v1/reservations", tokens["all-view"])).IsOk().Json["items"]!.AsArray().Count);
        using var events = await EventReader.Open(host, "/v1/runs?watch=true", token: tokens["ai-view"]);
        Assert.Contains("\"mine\"", (await events.Next())![2], StringComparison.Ordinal);
        Assert.Contains("\"mine-later\"", (await events.Next())![2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_changes_nothing()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        await Fill(host, tokens["root"]);
        var before = host.Fleet.Operations.Count;
        foreach (var token in new[] { tokens["ai-view"], tokens["all-view"] })
        {
            (await host.Post("/v1/runs", Samples.Run("x"), token)).IsProblem(403, "forbidden");
            (await host.Post("/v1/manifests", Samples.Run("x"), token)).IsProblem(403, "forbidden");
            (await host.Post("/v1/runs/default/mine/cancel", null, token)).IsProblem(403, "forbidden");
            (await host.Post("/v1/runs/default/mine/complete", """{"succeeded":true}""", token)).IsProblem(
                403, "forbidden");
            (await host.Send(HttpMethod.Delete, "/v1/nodes/n1", token: token)).IsProblem(403, "forbidden");
            (await host.Send(HttpMethod.Delete, "/v1/budgets/ai", token: token)).IsProblem(403, "forbidden");
            (await host.Get("/v1/audit", token)).IsProblem(403, "forbidden");
        }

        Assert.Equal(before, host.Fleet.Operations.Count);
        (await host.Post("/v1/plan", Samples.Run("x"), tokens["ai-view"])).IsOk();
        (await host.Post("/v1/plan", Samples.Run("x", owner: "org:bio"), tokens["ai-view"])).IsProblem(
            403, "forbidden");
    }

    [Fact]
    public async Task A_submitter_handles_runs_of_its_owners_only()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        await Fill(host, tokens["root"]);
        var submitter = tokens["ai-submit"];
        (await host.Post("/v1/runs", Samples.Run("new", owner: "org:ai:rai"), submitter)).IsOk();
        (await host.Post("/v1/runs", Samples.Run("new2", owner: "org:bio"), submitter)).IsProblem(403, "forbidden");
        (await host.Post("/v1/runs", Samples.Run("new3", owner: "org"), submitter)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests", $"[{Samples.Run("new4")},{Samples.Run("new5", owner: "org:bio")}]",
            submitter)).IsProblem(403, "forbidden");
        (await host.Get("/v1/runs/default/new4", submitter)).IsProblem(404, "not-found");
        (await host.Post("/v1/runs/default/other/cancel", null, submitter)).IsProblem(404, "not-found");
        (await host.Post("/v1/runs/default/other/complete", """{"succeeded":true}""", submitter)).IsProblem(
            404, "not-found");
        (await host.Post("/v1/runs/default/other/sponsors", """{"sponsor":"org:ai"}""", submitter)).IsProblem(
            404, "not-found");
        (await host.Post("/v1/runs/default/mine/cancel", null, submitter)).IsOk();
        (await host.Post("/v1/manifests", Samples.Node("n2"), submitter)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests", Samples.Budget("ai", "org:ai"), submitter)).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task A_name_taken_by_another_owner_conflicts_without_telling_more()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        await Fill(host, tokens["root"]);
        var answer = (await host.Post("/v1/runs", Samples.Run("other", owner: "org:ai"), tokens["ai-submit"]))
            .IsProblem(409, "conflict");
        Assert.DoesNotContain("org:bio", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_namespace_with_budgets_is_for_their_owners_and_those_below()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        (await host.Post("/v1/manifests",
            $"[{Samples.Budget("ai", "org:ai", "ai-space")},{Samples.Budget("bio", "org:bio", "bio-space")}," +
            $"{Samples.Run("there", owner: "org:bio", @namespace: "bio-space")}," +
            $"{Samples.Budget("a", "org:ai", "both")},{Samples.Budget("b", "org:bio", "both")}]",
            tokens["root"])).IsOk();
        var ai = tokens["ai-submit"];
        // A name that is taken and one that is free look the same: who may not use the namespace learns no name in it.
        foreach (var name in new[] { "there", "free" })
        {
            var refused = (await host.Post("/v1/runs", Samples.Run(name, @namespace: "bio-space"), ai))
                .IsProblem(403, "forbidden");
            Assert.Contains("the namespace 'bio-space' belongs to 'org:bio'", refused.Text, StringComparison.Ordinal);
            (await host.Post("/v1/plan", Samples.Run(name, @namespace: "bio-space"), ai)).IsProblem(403, "forbidden");
            (await host.Post("/v1/manifests?dryRun=true", Samples.Run(name, @namespace: "bio-space"), ai))
                .IsProblem(403, "forbidden");
        }
        (await host.Post("/v1/runs", Samples.Run("free", owner: "org:bio", @namespace: "bio-space"),
            tokens["bio-submit"])).IsOk();
        (await host.Post("/v1/runs", Samples.Run("below", owner: "org:ai:rai", @namespace: "ai-space"), ai)).IsOk();
        (await host.Post("/v1/runs", Samples.Run("shared", @namespace: "both"), ai)).IsOk();
        (await host.Post("/v1/runs", Samples.Run("x", @namespace: "default"), ai)).IsOk();
        (await host.Post("/v1/runs", Samples.Run("x", @namespace: "nobodys"), ai)).IsOk();
    }

    [Fact]
    public async Task A_run_without_an_owner_takes_the_one_of_its_namespace()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        (await host.Post("/v1/manifests",
            $"[{Samples.Budget("ai", "org:ai", "ai-space")},{Samples.Budget("bio", "org:bio", "bio-space")}]",
            tokens["root"])).IsOk();
        var submitter = tokens["ai-submit"];
        (await host.Post("/v1/runs", Samples.Run("a", null, @namespace: "ai-space"), submitter)).IsOk();
        Assert.Equal("org:ai", (string?)(await host.Get("/v1/runs/ai-space/a", submitter)).IsOk()
            .Json["spec"]!["owner"]);
        (await host.Post("/v1/runs", Samples.Run("a", null, @namespace: "bio-space"), submitter)).IsProblem(
            403, "forbidden");
        var unmapped = (await host.Post("/v1/runs", Samples.Run("a", null, @namespace: "nowhere"), submitter))
            .IsProblem(403, "forbidden");
        Assert.Contains("spec.owner", (string?)unmapped.Json["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_changes_budgets_of_its_owners_only_and_no_nodes()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        var op = tokens["ai-operate"];
        (await host.Post("/v1/manifests", $"[{Samples.Budget("bio", "org:bio", "bio-space")},{Samples.Node("n1")}]",
            tokens["root"])).IsOk();
        (await host.Post("/v1/manifests", Samples.Budget("rai", "org:ai:rai", parents: "[\"org:ai\"]"), op)).IsOk();
        // Whose idle width a family uses is said by those who act for the parent; what they said may be repeated.
        var ai = Samples.Budget("ai", "org:ai", parents: "[\"org\"]");
        (await host.Post("/v1/manifests", ai, op)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests", ai, tokens["root"])).IsOk();
        (await host.Post("/v1/manifests", ai, op)).IsOk();
        (await host.Post("/v1/manifests", Samples.Budget("x", "org:bio"), op)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests", Samples.Budget("bio", "org:ai", "bio-space"), op)).IsProblem(
            403, "forbidden");
        (await host.Post("/v1/manifests", Samples.Budget("x", "org:ai:x", parents: "[\"org:bio\"]"), op)).IsProblem(
            403, "forbidden");
        (await host.Post("/v1/manifests", Samples.Budget("x", "org:ai:x", "bio-space"), op)).IsProblem(
            403, "forbidden");
        (await host.Post("/v1/manifests", Samples.Node("n2"), op)).IsProblem(403, "forbidden");
        (await host.Send(HttpMethod.Delete, "/v1/budgets/bio-space/bio", token: op)).IsProblem(403, "forbidden");
        (await host.Send(HttpMethod.Delete, "/v1/nodes/n1", token: op)).IsProblem(403, "forbidden");
        (await host.Get("/v1/audit", op)).IsProblem(403, "forbidden");
        (await host.Send(HttpMethod.Delete, "/v1/budgets/rai", token: op)).IsOk();
        (await host.Send(HttpMethod.Delete, "/v1/nodes/n1", token: tokens["root"])).IsOk();
        (await host.Get("/v1/audit", tokens["root"])).IsOk();
    }

    [Fact]
    public async Task An_operator_raises_envelopes_up_to_what_was_granted_and_no_grant_to_itself()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(
            [.. Tokens, ("org-operate", Role.Operator, ["org"]), ("rai-operate", Role.Operator, ["org:ai:rai"])]);
        await using var _ = host;
        var (org, ai, rai, root) = (tokens["org-operate"], tokens["ai-operate"], tokens["rai-operate"], tokens["root"]);
        // Without a grant nothing is bounded.
        (await host.Post("/v1/manifests", Budget("ai", "org:ai", 500), ai)).IsOk();
        (await host.Post("/v1/manifests", Budget("grants", "org", 0, Grant("org:ai", 64)), org)).IsOk();
        // What was beyond it before may shrink, and then grows up to it only.
        (await host.Post("/v1/manifests", Budget("ai", "org:ai", 501), ai)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests", Budget("ai", "org:ai", 40), ai)).IsOk();
        (await host.Post("/v1/manifests", Budget("ai", "org:ai", 64), ai)).IsOk();
        var refused = (await host.Post("/v1/manifests", Budget("ai", "org:ai", 65), ai)).IsProblem(403, "forbidden");
        Assert.Contains("org:ai and those below it would have 65 H100", refused.Text, StringComparison.Ordinal);
        Assert.Contains("it is granted 64", refused.Text, StringComparison.Ordinal);
        // Nor in another budget, for an owner below, in another namespace, or in two documents.
        (await host.Post("/v1/manifests", Budget("ai2", "org:ai", 1), ai)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests", Budget("rai", "org:ai:rai", 1), ai)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests", Samples.Budget("x", "org:ai", "elsewhere"), ai)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests?dryRun=true", Budget("ai2", "org:ai", 1), ai)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests", $"[{Budget("ai", "org:ai", 60)},{Budget("rai", "org:ai:rai", 4)}]", ai))
            .IsOk();
        // Nobody grants to himself, nor takes away the grant that bounds him.
        (await host.Post("/v1/manifests", Budget("ai", "org:ai", 60, Grant("org:ai", 1000)), ai)).IsProblem(
            403, "forbidden");
        (await host.Post("/v1/manifests", Budget("rai", "org:ai:rai", 4, Grant("org:ai", 1000)), ai)).IsProblem(
            422, "invalid");
        (await host.Post("/v1/manifests", Budget("grants", "org", 0), ai)).IsProblem(403, "forbidden");
        (await host.Send(HttpMethod.Delete, "/v1/budgets/grants", token: ai)).IsProblem(403, "forbidden");
        // A grant in one's own budget is kept, and neither changed nor removed with the budget.
        (await host.Post("/v1/manifests", Budget("ai", "org:ai", 60, Grant("org:ai", 8)), org)).IsOk();
        (await host.Post("/v1/manifests", Budget("ai", "org:ai", 68, Grant("org:ai", 8)), ai)).IsOk();
        (await host.Post("/v1/manifests", Budget("ai", "org:ai", 68), ai)).IsProblem(403, "forbidden");
        (await host.Post("/v1/manifests", Budget("ai", "org:ai", 68, Grant("org:ai", 9)), ai)).IsProblem(
            403, "forbidden");
        (await host.Send(HttpMethod.Delete, "/v1/budgets/ai", token: ai)).IsProblem(403, "forbidden");
        // But it grants to those below, who stay within both.
        (await host.Post("/v1/manifests", Budget("ai", "org:ai", 48, Grant("org:ai", 8), Grant("org:ai:rai", 20)), ai))
            .IsOk();
        (await host.Post("/v1/manifests", Budget("rai", "org:ai:rai", 20), rai)).IsOk();
        (await host.Post("/v1/manifests", Budget("rai", "org:ai:rai", 21), rai)).IsProblem(403, "forbidden");
        // An operator of the whole fleet is bound by nothing.
        (await host.Post("/v1/manifests", Budget("rai", "org:ai:rai", 500), root)).IsOk();
        (await host.Send(HttpMethod.Delete, "/v1/budgets/grants", token: org)).IsOk();

        static string Grant(string to, int gpus) => $$"""{"to":"{{to}}","flavor":"H100","concurrency":{{gpus}}}""";
        static string Budget(string name, string owner, int gpus, params string[] grants) =>
            Samples.Budget(name, owner).Replace("\"concurrency\":8", $"\"concurrency\":{gpus}",
                StringComparison.Ordinal).Replace("\"parents\"",
                $"\"grants\":[{string.Join(',', grants)}],\"parents\"", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operation_ids_of_two_tokens_do_not_meet()
    {
        var (host, tokens) = await ApiHost.StartWithTokens(Tokens);
        await using var _ = host;
        var mine = (await host.Post(
            "/v1/runs", Samples.Run("a"), tokens["ai-submit"], headers: ("Idempotency-Key", "1"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("b", owner: "org:bio"), tokens["bio-submit"],
            headers: ("Idempotency-Key", "1"))).IsOk();
        Assert.Equal(["ai-submit/1", "bio-submit/1"], host.Fleet.Operations);
        Assert.Equal("1", (string?)mine.Json["operation"]);
    }

    private static async Task Fill(ApiHost host, string root) =>
        (await host.Post(
            "/v1/manifests",
            $"[{Samples.Run("mine")},{Samples.Run("below", owner: "org:ai:rai")}," +
            $"{Samples.Run("other", owner: "org:bio")},{Samples.Run("aider", owner: "org:aider")}]",
            root)).IsOk();

    private static IEnumerable<string?> Names(Answer answer) =>
        answer.Json["items"]!.AsArray().Select(run => (string?)run!["metadata"]!["name"]);

    private static string Flip(string token) => token[..^1] + (token[^1] == 'a' ? 'b' : 'a');
}
