using Jobtree.Actors.Tests.Fleets;
using Jobtree.Actors.Tests.Properties;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;

namespace Jobtree.Actors.Tests.History;

/// <summary>Every decision to cut work in random histories is drawn again, and a changed record is told.</summary>
public sealed class DrawProperties
{
    [Fact]
    public async Task Every_draw_repeats_and_its_chances_are_told()
    {
        var (draws, changed, several) = (0, 0, 0);
        for (var seed = 5000; seed < 5060; seed++)
        {
            await using var fleet = new StepFleet(Restarts.Never);
            var commands = new RandomCommands(seed);
            await fleet.Operations.Apply(commands.Begin(), "op-0");
            for (var i = 0; i < 60; i++)
            {
                await commands.Next(fleet);
                await fleet.Step();
            }
            foreach (var entry in fleet.Journals.Ledger("H100").Select(record => LedgerFormat.Read(record, null)))
            {
                if (DrawReport.Of("H100", entry) is not { } report)
                    continue;
                Assert.Empty(report.Differences);
                Assert.All(report.Draws, draw => Assert.InRange(draw.Tickets, 1, draw.TicketsOfAll));
                draws += report.Draws.Count;
                several += report.Draws.Count(draw => draw.Tickets < draw.TicketsOfAll);
                foreach (var cut in (entry.Close ?? []).Where(closing => closing.Seed is not null))
                    Assert.Equal(cut.Seed, CutReceipt.Of(cut.Run, "H100", entry)!.Seed);
                changed += CountFound(entry);
            }
        }
        Assert.True(draws > 50 && changed > 20 && several > 20, $"{draws} draws, {changed} changed, {several} by lot.");
    }

    /// <summary>Records another run as drawn than the seed draws; that must be told.</summary>
    private static int CountFound(LedgerEntry entry)
    {
        if (entry.Resolution is not { Draws: [var first, ..] } resolution)
            return 0;
        var found = 0;
        foreach (var other in resolution.Candidates.Where(one => one.Step == first.Step && one.Run != first.Run))
        {
            var lie = entry with { Resolution = resolution with { Draws = [
                new CutDraw(other.Step, other.Run, other.Part), .. resolution.Draws.Skip(1)] } };
            Assert.False(DrawReport.Of("H100", lie)!.Repeats);
            found++;
        }
        return found;
    }
}
