using Jobtree.Core.Contention;
using Jobtree.Core.Model;

namespace Jobtree.Core.Ledger.Reading;

/// <summary>The draws of one decision to cut work, repeated from its seed and compared with the record.</summary>
/// <param name="Flavor">The flavor.</param>
/// <param name="Sequence">The number of the ledger entry.</param>
/// <param name="At">When it was decided.</param>
/// <param name="For">The run that needed the GPUs.</param>
/// <param name="Seed">The recorded seed in hexadecimal.</param>
/// <param name="Candidates">The conflict set.</param>
/// <param name="Draws">The draws in order.</param>
/// <param name="Asker">The share of the asker's owner before a lottery.</param>
/// <param name="Differences">Where the record differs from the repetition; empty if the draw repeats.</param>
public sealed record DrawReport(string Flavor, long Sequence, DateTimeOffset At, RunKey For, string Seed,
    IReadOnlyList<DrawCandidate> Candidates, IReadOnlyList<DrawnRun> Draws, OwnerShare? Asker,
    IReadOnlyList<string> Differences)
{
    /// <summary>Whether the seed gives the recorded draws.</summary>
    public bool Repeats => Differences.Count == 0;

    /// <summary>Repeats the draws of an entry.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="entry">The entry.</param>
    /// <returns>The report; null if nothing was drawn in that entry.</returns>
    public static DrawReport? Of(string flavor, LedgerEntry entry)
    {
        if (entry.Resolution is { } resolution)
            return Of(flavor, entry, resolution);
        return entry.Lottery is { } lottery ? Of(flavor, entry, lottery) : null;
    }

    private static DrawReport Of(string flavor, LedgerEntry entry, Resolution resolution)
    {
        var rule = new CutDraws(resolution.Seed, resolution.Asker, resolution.Gap);
        var draws = new List<DrawnRun>();
        foreach (var step in resolution.Draws.GroupBy(draw => draw.Step).OrderBy(step => step.Key))
        {
            var tickets = new TicketCount(resolution, step.Key);
            var again = rule.Draw(step.Key, tickets.Candidates).Take(step.Count())
                .Select(index => tickets.Candidates[index]).ToArray();
            foreach (var (number, recorded) in step.Index())
            {
                var repeated = number < again.Length ? again[number] : null;
                var (own, all) = tickets.Of(recorded.Run);
                draws.Add(new DrawnRun(step.Key, recorded.Run, recorded.Part, repeated?.Run, repeated?.Part, own, all,
                    resolution.Spared.Contains(recorded)));
                tickets.Take(recorded);
            }
        }
        var report = new DrawReport(flavor, entry.Sequence, entry.At, resolution.For, resolution.Seed,
            [.. resolution.Candidates.Select(candidate => Row(candidate, resolution))], draws, resolution.Asker, []);
        return report with { Differences = report.Compare(entry) };
    }

    private static DrawCandidate Row(CutCandidate candidate, Resolution resolution)
    {
        var draw = new CutDraw(candidate.Step, candidate.Run, candidate.Part);
        return new DrawCandidate(candidate.Step, candidate.Run, candidate.Part, candidate.Owner, candidate.Gpus,
            candidate.Loss, candidate.Share, resolution.Draws.Contains(draw), resolution.Spared.Contains(draw));
    }

    private static DrawReport Of(string flavor, LedgerEntry entry, Lottery lottery)
    {
        var again = FormerLottery.Shuffle(lottery.Candidates, lottery.Seed);
        var cut = (entry.Close ?? []).Select(closing => closing.Run).ToHashSet();
        var draws = lottery.Draws.Select((run, number) => new DrawnRun(CutStep.Unfunded, run, null,
            number < again.Length ? again[number] : null, null, 1, lottery.Candidates.Count - number,
            !cut.Contains(run)));
        var report = new DrawReport(flavor, entry.Sequence, entry.At, lottery.For, lottery.Seed,
            [.. lottery.Candidates.Select(run => new DrawCandidate(CutStep.Unfunded, run, null, null, null, null, null,
                lottery.Draws.Contains(run), lottery.Draws.Contains(run) && !cut.Contains(run)))],
            [.. draws], null, []);
        return report with { Differences = report.Compare(entry) };
    }

    private List<string> Compare(LedgerEntry entry)
    {
        List<string> differences = [];
        var seed = HashChain.Seed(For, At, entry.Previous);
        if (seed != Seed)
            differences.Add($"the seed is {seed}, made from the run, the instant and the entry before; recorded is "
                + Seed);
        for (var i = 0; i < Draws.Count; i++)
        {
            if (Draws[i].Again != Draws[i].Run || Draws[i].AgainPart != Draws[i].Part)
                differences.Add(EntrySentences.Text(
                    $"draw {i + 1} gives {Draws[i].Again?.ToString() ?? "nobody"}; recorded is {Draws[i].Run}"));
        }
        differences.AddRange((entry.Close ?? []).Where(closing => closing.Seed is not null
            && !Draws.Any(draw => draw.Run == closing.Run && !draw.IsSpared)).Select(closing =>
            $"{closing.Run} was cut, but not drawn"));
        return differences;
    }
}

/// <summary>A member of the conflict set.</summary>
/// <param name="Step">The step at which it could be cut.</param>
/// <param name="Run">The run.</param>
/// <param name="Part">Which part of the run; absent for all that is left of it.</param>
/// <param name="Owner">Its owner; absent in older ledgers.</param>
/// <param name="Gpus">GPUs that the cut would free; absent in older ledgers.</param>
/// <param name="Loss">GPU-seconds of work that the cut would lose; absent in older ledgers.</param>
/// <param name="Share">The share of its owner, for a lottery.</param>
/// <param name="IsDrawn">Whether it was drawn.</param>
/// <param name="IsSpared">Whether it was drawn, but not needed.</param>
public sealed record DrawCandidate(CutStep Step, RunKey Run, int? Part, string? Owner, int? Gpus, long? Loss,
    OwnerShare? Share, bool IsDrawn, bool IsSpared);

/// <summary>One draw, as recorded and as repeated.</summary>
/// <param name="Step">The step.</param>
/// <param name="Run">The run drawn, as recorded.</param>
/// <param name="Part">Which part of it; absent for all that was left of it.</param>
/// <param name="Again">The run that the repetition draws; absent if it draws nobody.</param>
/// <param name="AgainPart">Which part of that run.</param>
/// <param name="Tickets">How many tickets the run had in this draw.</param>
/// <param name="TicketsOfAll">How many tickets there were.</param>
/// <param name="IsSpared">Whether the run turned out not to be needed.</param>
public sealed record DrawnRun(CutStep Step, RunKey Run, int? Part, RunKey? Again, int? AgainPart, int Tickets,
    int TicketsOfAll, bool IsSpared);
