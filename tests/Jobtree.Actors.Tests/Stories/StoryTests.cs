using Jobtree.Actors.Tests.Fleets;

namespace Jobtree.Actors.Tests.Stories;

/// <summary>
/// Every story comes out as written, also when the fleet is thrown away and built again after every single step of it.
/// </summary>
public sealed class StoryTests
{
    public static TheoryData<string> Files => [.. StoryFile.Names()];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_story_comes_out_as_written(string file)
    {
        var (told, ledgers) = await Tell(file, Restarts.Never);
        if (StoryFile.IsRewriting)
            StoryFile.Write(file, told);
        else
            Assert.Equal(Text(told.Select(block => (block.Block, block.Block.Expected))), Text(told));
        Assert.NotEmpty(ledgers);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public Task A_story_survives_restarts_from_journals_after_every_step(string file) =>
        Survives(file, Restarts.FromJournals);

    [Theory]
    [MemberData(nameof(Files))]
    public Task A_story_survives_restarts_from_snapshots_after_every_step(string file) =>
        Survives(file, Restarts.FromSnapshots);

    private static async Task Survives(string file, Restarts restarts)
    {
        var kept = await Tell(file, Restarts.Never);
        var restarted = await Tell(file, restarts);
        Assert.Equal(Text(kept.Told), Text(restarted.Told));
        Assert.Equal(kept.Ledgers, restarted.Ledgers);
    }

    private static async Task<(List<(StoryBlock Block, string Output)> Told, string[] Ledgers)> Tell(
        string file, Restarts restarts)
    {
        await using var fleet = new StepFleet(restarts);
        var teller = new StoryTeller(fleet);
        var told = new List<(StoryBlock, string)>();
        foreach (var block in StoryFile.Read(file))
            told.Add((block, await teller.Tell(block)));
        return (told, [.. teller.Ledgers]);
    }

    private static string Text(IEnumerable<(StoryBlock Block, string Output)> told) =>
        string.Join('\n', told.Select(block => string.Join('\n', block.Block.Commands) + "\n----\n" + block.Output));
}
