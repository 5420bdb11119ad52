using Jobtree.Simulation.Faults.Breaks;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>Draws the life of a seed.</summary>
internal static class LifeDraws
{
    private const ulong Setting = 101;
    private const ulong Schedule = 102;
    private const int StepsMin = 40;
    private const int StepsMore = 60;
    private static readonly long BurstMax = TimeSpan.FromMilliseconds(6).Ticks;
    private static readonly long PauseMax = TimeSpan.FromMinutes(6).Ticks;

    /// <summary>The life of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="broken">The rule to break.</param>
    public static Life Of(ulong seed, BrokenRule broken = BrokenRule.None)
    {
        var draws = new Draws(new Chance(seed).For(Setting));
        var isDisk = draws.Hits(0.3);
        var setting = new SettingDraws(draws);
        return new Life
        {
            Seed = seed,
            IsDisk = isDisk,
            Silos = isDisk ? 1 : draws.Between(1, 3),
            SnapshotEvery = draws.Hits(0.3) ? 4 : draws.Between(16, 64),
            Roughness = draws.Hits(0.25) ? 0 : draws.Between(1, 10) / 10.0,
            Nodes = setting.Nodes(),
            Budgets = setting.Budgets(),
            Steps = Steps(new Chance(seed).For(Schedule)),
            Broken = broken,
        };
    }

    private static List<Step> Steps(Chance chance)
    {
        var draws = new Draws(chance);
        var steps = new List<Step>();
        var at = TimeSpan.FromSeconds(1).Ticks;
        for (var left = draws.Between(StepsMin, StepsMin + StepsMore); left > 0; left--)
        {
            at += draws.Hits(0.55) ? draws.Below(BurstMax) : draws.Below(PauseMax);
            steps.Add(new Step(at, Acts.Draw(draws), steps.Count + 1));
        }
        return steps;
    }
}

/// <summary>Draws in a sequence.</summary>
/// <param name="chance">The numbers.</param>
internal sealed class Draws(Chance chance)
{
    private ulong next;

    /// <summary>Whether something of a probability happens.</summary>
    public bool Hits(double probability) => chance.Hits(probability, next++);

    /// <summary>A number below a bound.</summary>
    public long Below(long bound) => chance.Below(bound, next++);

    /// <summary>A number from one to another, both included.</summary>
    public int Between(int first, int last) => first + (int)Below(last - first + 1);

    /// <summary>One of some items.</summary>
    public T Of<T>(params ReadOnlySpan<T> items) => items[(int)Below(items.Length)];
}
