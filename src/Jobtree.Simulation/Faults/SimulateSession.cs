using System.Diagnostics;
using System.Globalization;
using Jobtree.Core;
using Jobtree.Simulation.Faults.Breaks;
using Jobtree.Simulation.Faults.Checks;
using Jobtree.Simulation.Faults.Lives;
using Jobtree.Simulation.Faults.Shrinking;

namespace Jobtree.Simulation.Faults;

/// <summary>Plays many seeds and tells of those that break an invariant.</summary>
/// <param name="output">Receives what was found.</param>
/// <param name="error">Receives progress.</param>
internal sealed class SimulateSession(TextWriter output, TextWriter error)
{
    private const int SeedsByDefault = 200;
    private const int TwiceEvery = 50;
    private const int StoriesMax = 3;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (int Count, ulong First)> kinds = [];
    private LifeFigures figures = new();
    private int failed;

    /// <summary>Plays what is asked for.</summary>
    /// <returns>0 if nothing was found, else 1.</returns>
    public int Run(SimulateRequest request)
    {
        var watch = Stopwatch.StartNew();
        var said = TimeSpan.Zero;
        var (first, count) = request.Range(SeedsByDefault);
        var played = 0L;
        for (; played < count && !(watch.Elapsed.TotalMinutes >= request.Minutes); played++)
        {
            Play(request, first + (ulong)played, played);
            if (watch.Elapsed - said < ProgressEvery)
                continue;
            said = watch.Elapsed;
            error.WriteLine($"{Counted.Of(played + 1, "seed")}, {failed} failed, {said.TotalSeconds:F0} s");
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Counted.Of(played, "seed")} in {watch.Elapsed.TotalSeconds:F1} s: {figures.Entries} ledger entries, "
            + $"{Counted.Of(figures.Leases, "lease")}, {Counted.Of(figures.Cuts, "cut")}, "
            + $"{Counted.Of(figures.Acknowledged, "command")} acknowledged, {Counted.Of(figures.Events, "step")}; "
            + $"{failed} failed."));
        foreach (var (kind, (times, seed)) in kinds.OrderByDescending(kind => kind.Value.Count))
            output.WriteLine($"  {Counted.Of(times, "time")}, first in seed {seed}: {kind}");
        return failed == 0 ? 0 : 1;
    }

    private void Play(SimulateRequest request, ulong seed, long played)
    {
        var life = LifeDraws.Of(seed, request.Broken);
        var outcome = LifeRun.Of(life);
        figures += outcome.Figures;
        var violation = outcome.Violation;
        if (violation is null && played % TwiceEvery == 0 && LifeRun.Of(life).Heads != outcome.Heads)
            violation = new Violation(11, "the same seed gives the same ledger", $"seed {seed} gives two");
        if (violation is null)
            return;
        failed++;
        var kind = $"invariant {violation.Invariant} ({violation.Rule})";
        var (times, first) = kinds.GetValueOrDefault(kind, (0, seed));
        kinds[kind] = (times + 1, first);
        if (times == 0 && kinds.Count <= StoriesMax)
            Tell(request, life, violation);
        else
            output.WriteLine($"seed {seed} breaks {violation}");
    }

    private void Tell(SimulateRequest request, Life life, Violation violation)
    {
        output.WriteLine($"seed {life.Seed} breaks {violation}");
        output.WriteLine($"  replay it with: ./jobtree simulate --seed {life.Seed}"
            + (request.Broken == BrokenRule.None ? "" : $" --break {request.Broken}"));
        var small = Shrinker.Shrink(life, violation);
        output.WriteLine($"  shrunk from {Counted.Of(life.Steps.Count, "step")} to {small.Steps.Count}; the story:");
        foreach (var line in LifeRun.Of(small, tells: true).Story)
            output.WriteLine($"    {line}");
        output.Flush();
    }
}

/// <summary>What to play.</summary>
/// <param name="Seed">The first seed; absent: 1, or a single one.</param>
/// <param name="Seeds">How many; absent: as many as the minutes give, or a default.</param>
/// <param name="Minutes">How long at most.</param>
/// <param name="Broken">The rule to break on purpose.</param>
internal sealed record SimulateRequest(ulong? Seed, int? Seeds, double? Minutes, BrokenRule Broken)
{
    /// <summary>The first seed, and how many there are.</summary>
    public (ulong First, long Count) Range(int fallback) => (Seed ?? 1,
        Seeds ?? (Minutes is not null ? long.MaxValue : Seed is not null ? 1 : fallback));
}
