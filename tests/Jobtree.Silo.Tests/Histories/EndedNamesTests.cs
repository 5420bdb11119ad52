using Jobtree.Core.Model;
using Jobtree.Silo.Histories;

namespace Jobtree.Silo.Tests.Histories;

public sealed class EndedNamesTests
{
    private const int Names = 200_000;

    [Fact]
    public void A_name_that_was_added_is_always_found_and_few_others_are()
    {
        var names = new EndedNames(expected: 0);
        names.Complete();
        Parallel.For(0, Names, number => names.Add(Name("ended", number)));
        Assert.All(Enumerable.Range(0, Names), number => Assert.True(names.MayHave(Name("ended", number))));
        // 33 million bits for 200,000 names: one in 10 million would be taken for another.
        Assert.InRange(Enumerable.Range(0, Names).Count(number => names.MayHave(Name("new", number))), 0, 5);
    }

    [Fact]
    public void Until_the_names_of_earlier_processes_are_added_any_run_may_have_ended()
    {
        var names = new EndedNames(expected: 1_000_000_000);
        Assert.True(names.MayHave(Name("new", 1)));
        names.Complete();
        Assert.False(names.MayHave(Name("new", 1)));
    }

    private static RunKey Name(string space, int number) => new(space, $"run-{number}");
}
