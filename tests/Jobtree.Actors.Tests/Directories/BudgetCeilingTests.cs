using Jobtree.Actors.Directories;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Stepping;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Directories;

/// <summary>The directory, which writes all budgets, is where two raises at the same time meet.</summary>
public sealed class BudgetCeilingTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Of_two_raises_that_are_each_within_a_grant_the_second_is_refused()
    {
        var journals = new MemoryJournals();
        var key = new ActorKey(ActorKind.Directory, "fleet");
        var directory = new DirectoryActor(journals.For(key), new NoFleet());
        Budget grants = Budget("grants", "org", 0) with
        {
            Envelopes = [], Grants = [new Grant { To = "org:ai", Flavor = "H100", Concurrency = 64 }],
        };
        Assert.True((await directory.PutBudgets([grants])).Succeeded(out _, out _));
        Assert.True((await directory.PutBudgetsWithin([Budget("a", "org:ai", 40)], "ai", Now)).Succeeded(out _, out _));
        Assert.False((await directory.PutBudgetsWithin([Budget("b", "org:ai", 40)], "ai", Now))
            .Succeeded(out _, out var problem));
        Assert.Equal(ProblemCode.Forbidden, problem.Code);
        Assert.Equal(["a", "grants"], (await directory.Budgets()).Select(budget => budget.Name));
        // Whom no grant binds may.
        Assert.True((await directory.PutBudgets([Budget("b", "org:ai", 40)])).Succeeded(out _, out _));
        // A grant outlives a restart, from the journal and from a snapshot.
        var again = new DirectoryActor(journals.For(key), new NoFleet());
        again.Restore(directory.Snapshot().State);
        Assert.Equal(64, Assert.Single((await again.Budgets())[2].Grants!).Concurrency);
        Assert.False((await again.PutBudgetsWithin([Budget("a", "org:ai", 41)], "ai", Now)).Succeeded(out _, out _));
    }

    [Fact]
    public async Task Flavors_that_an_operator_of_some_owners_makes_up_are_bounded()
    {
        var directory = new DirectoryActor(
            new MemoryJournals().For(new ActorKey(ActorKind.Directory, "fleet")), new NoFleet());
        Budget Naming(int from, int count) => Budget($"from-{from}", "org:ai", 1) with
        {
            Envelopes = [.. Enumerable.Range(from, count).Select(i =>
                new Envelope { Name = $"e{i}", Flavor = $"made-up-{i}", Concurrency = 1 })],
        };
        Assert.True((await directory.PutBudgetsWithin([Naming(0, 100)], "ai", Now)).Succeeded(out _, out _));
        Assert.False((await directory.PutBudgetsWithin([Naming(100, 1)], "ai", Now)).Succeeded(out _, out var problem));
        Assert.Equal(ProblemCode.LimitReached, problem.Code);
        // Making room by removing budgets is no way round it: a flavor is known for good.
        Assert.True((await directory.RemoveBudget("from-0", "ai")).Succeeded(out _, out _));
        Assert.False((await directory.PutBudgetsWithin([Naming(100, 1)], "ai", Now)).Succeeded(out _, out _));
        Assert.True((await directory.PutBudgetsWithin([Naming(0, 50)], "ai", Now)).Succeeded(out _, out _));
        // An operator of the whole fleet names what it needs.
        Assert.True((await directory.PutBudgets([Naming(100, 5)], "root")).Succeeded(out _, out _));
    }

    private static Budget Budget(string name, string owner, int gpus) => new()
    {
        Name = name, Owner = owner,
        Envelopes = [new Envelope { Name = "e", Flavor = "H100", Concurrency = gpus }],
    };

    private sealed class NoFleet : IFleet
    {
        public IFlavor Flavor(string flavor) => throw new IOException("away");

        public IRun Run(RunKey run) => throw new NotSupportedException();

        public IEnvelope Envelope(EnvelopeKey envelope) => throw new NotSupportedException();

        public IDirectory Directory() => throw new NotSupportedException();

        public IRunIndex Runs() => throw new NotSupportedException();
    }
}
