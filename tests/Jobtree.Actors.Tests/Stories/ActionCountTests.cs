using System.Globalization;
using Jobtree.Actors.Tests.Fleets;

namespace Jobtree.Actors.Tests.Stories;

/// <summary>What is counted of stories that tell what is done to running runs.</summary>
public sealed class ActionCountTests
{
    [Theory]
    [InlineData("s2-filler-on-spares.txt", "swapped 1")]
    [InlineData("s3-elastic.txt", "grown 2, shrunk 1")]
    [InlineData("s6-verified-lottery.txt", "drawn 2")]
    [InlineData("minimal-cuts.txt", "")]
    [InlineData("swap-of-two-groups.txt", "swapped 2")]
    public async Task What_a_story_does_to_running_runs_is_counted(string file, string expected)
    {
        await using var fleet = new StepFleet(Restarts.FromSnapshots);
        var teller = new StoryTeller(fleet);
        foreach (var block in StoryFile.Read(file))
            await teller.Tell(block);
        Assert.True((await fleet.Operations.ListFlavors()).Succeeded(out var flavors, out _));
        var counts = flavors.SelectMany(flavor => flavor.Actions!).Where(count => count.Value > 0)
            .Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Key} {count.Value}"));
        Assert.Equal(expected, string.Join(", ", counts));
    }
}
