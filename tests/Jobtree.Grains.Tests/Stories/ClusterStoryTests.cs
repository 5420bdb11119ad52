using Jobtree.Actors.Tests.Fleets;
using Jobtree.Actors.Tests.Stories;
using Jobtree.Grains.Tests.Fleets;

namespace Jobtree.Grains.Tests.Stories;

/// <summary>
/// Every story of the stepped fleet, told through grains, comes out with the same words and the same ledger, byte for
/// byte: half of them on one silo, a quarter each on two and on three.
/// </summary>
public sealed class ClusterStoryTests
{
    public static TheoryData<string> OnOne => [.. StoryFile.Names().Where((_, i) => i % 2 == 0)];

    public static TheoryData<string> OnTwo => [.. StoryFile.Names().Where((_, i) => i % 4 == 1)];

    public static TheoryData<string> OnThree => [.. StoryFile.Names().Where((_, i) => i % 4 == 3)];

    [Theory]
    [MemberData(nameof(OnOne))]
    public Task A_story_comes_out_the_same_on_one_silo(string file) => ComesOutTheSame(file, 1);

    [Theory]
    [MemberData(nameof(OnTwo))]
    public Task A_story_comes_out_the_same_on_two_silos(string file) => ComesOutTheSame(file, 2);

    [Theory]
    [MemberData(nameof(OnThree))]
    public Task A_story_comes_out_the_same_on_three_silos(string file) => ComesOutTheSame(file, 3);

    private static async Task ComesOutTheSame(string file, short silos)
    {
        await using var oneThread = new StepFleet(Restarts.Never);
        await using var cluster = await ClusterFleet.Start(silos);
        var (expected, stepped) = await Tell(file, oneThread);
        var (told, grains) = await Tell(file, cluster);
        Assert.Equal(expected, told);
        Assert.Equal(stepped, grains);
        Assert.NotEmpty(grains);
    }

    private static async Task<(string[] Told, string[] Ledgers)> Tell(string file, IStoryFleet fleet)
    {
        var teller = new StoryTeller(fleet);
        var told = new List<string>();
        foreach (var block in StoryFile.Read(file))
            told.Add(string.Join('\n', block.Commands) + "\n----\n" + await teller.Tell(block));
        return ([.. told], [.. teller.Ledgers]);
    }
}
