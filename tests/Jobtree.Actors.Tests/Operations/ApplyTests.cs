using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Operations;

/// <summary>What applying several documents does.</summary>
public sealed class ApplyTests
{
    [Fact]
    public async Task A_conflict_among_a_thousand_runs_is_found_before_the_first_is_applied()
    {
        await using var fleet = await Start();
        await fleet.Operations.Apply([Run("r500", 1)], "before");
        var runs = Enumerable.Range(0, 1000).Select(number => Run($"r{number}", number == 500 ? 2 : 1)).ToArray();
        var refused = await fleet.Operations.Apply(runs, "all");
        Assert.Equal(ProblemCode.Conflict, refused.Problem?.Code);
        Assert.Contains("default/r500", refused.Problem!.Detail);
        Assert.Equal("default/r500", Assert.Single(fleet.Journals.Actors(ActorKind.Run)).Name);
    }

    [Fact]
    public async Task A_node_that_must_not_change_is_found_before_the_first_document_is_applied()
    {
        await using var fleet = await Start();
        await fleet.Operations.Apply([Run("busy", 1)], "before");
        var refused = await fleet.Operations.Apply([Run("new", 1), Node("n2", 8), Node("n1", 4)], "all");
        Assert.Equal(ProblemCode.Conflict, refused.Problem?.Code);
        Assert.Equal("Node n1 has open leases; its GPUs and labels can be changed when they have ended.",
            refused.Problem!.Detail);
        Assert.Equal("default/busy", Assert.Single(fleet.Journals.Actors(ActorKind.Run)).Name);
        Assert.Equal("n1", Assert.Single((await fleet.Operations.ListNodes(new NodeQuery())).Value!.Items).Node.Name);
    }

    [Fact]
    public async Task A_generated_name_is_another_for_each_command_and_the_same_for_a_repeat()
    {
        await using var fleet = await Start();
        var run = new RunManifest(new RunKey("default", "train-"), Run("x", 1).Spec) { GeneratesName = true };
        var first = (await fleet.Operations.Apply([run, run], "one")).Value!;
        var repeated = (await fleet.Operations.Apply([run, run], "one")).Value!;
        var second = (await fleet.Operations.Apply([run], "two")).Value!;
        Assert.Equal(first, repeated);
        Assert.Equal(3, first.Concat(second).Select(applied => applied.Name).Distinct().Count());
        Assert.All(first, applied => Assert.Matches("^default/train-[0-9a-f]{10}$", applied.Name));
        Assert.Equal(3, (await fleet.Operations.ListRuns(new RunQuery())).Value!.Items.Count);
    }

    public static TheoryData<Manifest, string> Unsound => new()
    {
        { Elastic(5, 6), "Run e: spec.resources.totalGPUs must be malleable.minTotalGPUs plus whole steps" },
        { Elastic(4, 5), "Run e: spec.malleable.desiredTotalGPUs must be malleable.minTotalGPUs plus" },
        { Elastic(2, 4), "Run e: spec.resources.totalGPUs must be from malleable.minTotalGPUs to" },
        { Run("neg", -1), "Run neg: spec.resources.totalGPUs must be a whole number from 1" },
        { Run("Upper", 1), "Run: metadata.name must be a name of lower-case letters" },
        { Spec(spec => spec with { SparesPerGroup = 65 }), "Run x: spec.sparesPerGroup must be a whole number" },
        { Spec(spec => spec with { Owner = "a::b" }), "Run x: spec.owner must be an owner such as" },
        { Spec(spec => spec with { Follow = new Follow { After = ["x"] } }), "Run x: spec.follow.after names the run" },
        { Spec(spec => spec with { Workload = new Workload { Roles = [Role(3)] } }),
            "Run x: spec.workload.roles must use resources.totalGPUs" },
        { Spec(spec => spec with { Runtime = new RuntimeHints { OnNodeFailure = (NodeFailurePolicy)9 } }),
            "default/x cannot be written" },
        { Node("n2", 65), "Node n2: spec.gpus must be a whole number from 1 to 64" },
        { Budget(envelope => envelope with { Concurrency = -1 }), "Budget b: spec.envelopes[0].concurrency must be" },
        { Budget(envelope => envelope with { Start = VirtualTime.Epoch, End = VirtualTime.Epoch }),
            "Budget b: spec.envelopes[0].end must be later than start" },
        { Budget(envelope => envelope with { MaxGPUHours = double.NaN }), "b cannot be written" },
    };

    [Theory]
    [MemberData(nameof(Unsound))]
    public async Task What_a_text_may_not_say_a_program_may_not_ask_for(Manifest unsound, string error)
    {
        await using var fleet = await Start();
        var refused = (await fleet.Operations.Apply([Run("good", 1), unsound], "all")).Problem;
        Assert.Equal(ProblemCode.Invalid, refused?.Code);
        Assert.StartsWith(error, refused!.Detail, StringComparison.Ordinal);
        Assert.Empty((await fleet.Operations.ListRuns(new RunQuery())).Value!.Items);
        if (unsound is not RunManifest run)
            return;
        Assert.Equal(ProblemCode.Invalid, (await fleet.Operations.PlanRun(run)).Problem?.Code);
        Assert.Equal(ProblemCode.Invalid, (await fleet.Operations.WhatIf(
            new WhatIfQuestion { Manifests = [run] })).Problem?.Code);
    }

    [Fact]
    public async Task Two_documents_of_one_name_are_refused_whoever_made_them()
    {
        await using var fleet = await Start();
        var refused = (await fleet.Operations.Apply([Run("twice", 1), Run("twice", 2)], "all")).Problem;
        Assert.Equal((ProblemCode.Invalid, "default/twice is given by two documents of one kind; keep one."),
            (refused?.Code, refused?.Detail));
        Assert.Empty((await fleet.Operations.ListRuns(new RunQuery())).Value!.Items);
    }

    [Fact]
    public async Task A_budget_that_a_program_made_is_in_its_namespace_as_one_that_came_as_text_is()
    {
        await using var fleet = await Start();
        var budget = Budget(envelope => envelope).Budget with { Namespace = "team" };
        Assert.Equal("team/b", Assert.Single((await fleet.Operations.Apply([new BudgetManifest(budget)], "b")).Value!)
            .Name);
    }

    [Fact]
    public async Task A_sponsor_is_an_owner_and_a_run_has_at_most_as_many_as_a_text_may_list()
    {
        await using var fleet = await Start();
        await fleet.Operations.Apply([Run("wide", 16)], "wide");
        var wide = new RunKey("default", "wide");
        Assert.StartsWith("Run wide: spec.funding.sponsors[0] must be an owner", (await fleet.Operations.AddSponsor(
            wide, "no owner", "bad")).Problem?.Detail, StringComparison.Ordinal);
        for (var sponsor = 0; sponsor < 64; sponsor++)
            Assert.Null((await fleet.Operations.AddSponsor(wide, $"org:s{sponsor}", $"s{sponsor}")).Problem);
        Assert.Equal("Run wide: spec.funding.sponsors must hold at most 64 items, not 65",
            (await fleet.Operations.AddSponsor(wide, "org:more", "more")).Problem?.Detail);
    }

    [Fact]
    public async Task A_reason_or_a_message_that_is_not_one_line_is_refused_by_every_command()
    {
        await using var fleet = await Start();
        await fleet.Operations.Apply([Run("wide", 16)], "wide");
        var (wide, text) = (new RunKey("default", "wide"), "shown \u202E backwards");
        Assert.Equal(ProblemCode.Invalid, (await fleet.Operations.HoldRun(wide, text, "hold")).Problem?.Code);
        Assert.Equal(ProblemCode.Invalid, (await fleet.Operations.CompleteRun(wide, true, text, "end")).Problem?.Code);
        Assert.Equal("reason: one line of at most 1024 characters, without control characters, is allowed.",
            (await fleet.Operations.SetNodeState("n1", NodeState.Cordoned, "ops", text, "cordon")).Problem?.Detail);
    }

    private static RunManifest Elastic(int gpus, int desired) => Spec(spec => spec with
    {
        Resources = spec.Resources with { TotalGPUs = gpus },
        Malleable = new Malleable { MinTotalGPUs = 4, MaxTotalGPUs = 8, StepGPUs = 2, DesiredTotalGPUs = desired },
    }, "e");

    private static RunManifest Spec(Func<RunSpec, RunSpec> change, string name = "x") =>
        Run(name, 2) is var run ? run with { Spec = change(run.Spec) } : run;

    private static WorkloadRole Role(int pods) =>
        new() { Name = "worker", Width = pods, GpusPerPod = 1, Command = ["train"] };

    private static BudgetManifest Budget(Func<Envelope, Envelope> change) => new(new Budget
    {
        Name = "b",
        Owner = "lab",
        Envelopes = [change(new Envelope { Name = "e", Flavor = "H100", Concurrency = 8 })],
    });

    private static async Task<StepFleet> Start()
    {
        var fleet = new StepFleet(Restarts.Never);
        await fleet.Operations.Apply([Node("n1", 8)], "nodes");
        return fleet;
    }

    private static NodeManifest Node(string name, int gpus) =>
        new(new Node { Name = name, Flavor = "H100", Gpus = gpus });

    private static RunManifest Run(string name, int gpus) => new(new RunKey("default", name), new RunSpec
    {
        Owner = "lab",
        Resources = new Resources { GpuType = "H100", TotalGPUs = gpus },
    });
}
