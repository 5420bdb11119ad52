using Jobtree.Simulation.Faults.Checks;
using Jobtree.Simulation.Faults.Lives;

namespace Jobtree.Simulation.Faults.Shrinking;

/// <summary>
/// Makes a failing life smaller: it leaves out steps, nodes, budgets and accidents of the network, in ever smaller
/// parts, as long as the same rule is broken.
/// </summary>
internal static class Shrinker
{
    private const int LivesMax = 1_500;

    /// <summary>The smallest life found that breaks the same rule.</summary>
    /// <param name="life">A life.</param>
    /// <param name="violation">What it breaks.</param>
    public static Life Shrink(Life life, Violation violation)
    {
        var left = LivesMax;
        for (var before = -1; before != life.Steps.Count;)
        {
            before = life.Steps.Count;
            life = Without(life, violation, ref left, static life => life.Steps,
                static (life, steps) => life with { Steps = steps });
            life = Calmer(life, violation, ref left);
            life = Without(life, violation, ref left, static life => life.Budgets,
                static (life, budgets) => life with { Budgets = budgets });
            life = Without(life, violation, ref left, static life => life.Nodes,
                static (life, nodes) => life with { Nodes = nodes });
            life = WithoutAccidents(life, violation, ref left);
        }
        return life;
    }

    private static Life Calmer(Life life, Violation violation, ref int left)
    {
        foreach (var calmer in new[] { life with { Roughness = 0 }, life with { Silos = 1 },
            life with { SnapshotEvery = int.MaxValue } })
        {
            if (Breaks(calmer, violation, ref left))
                return calmer;
        }
        return life;
    }

    private static Life WithoutAccidents(Life life, Violation violation, ref int left) =>
        life.Roughness == 0 ? life : Without<ulong>(life, violation, ref left,
            static life => [.. LifeRun.Of(life).Accidents.Distinct()],
            static (life, kept) => life with { Spared =
                LifeRun.Of(life).Accidents.Except(kept).Concat(life.Spared).ToHashSet() });

    /// <summary>Leaves out parts of a list: halves first, then ever smaller parts.</summary>
    private static Life Without<T>(Life life, Violation violation, ref int left, Func<Life, IReadOnlyList<T>> list,
        Func<Life, IReadOnlyList<T>, Life> with)
    {
        var items = list(life);
        for (var size = Math.Max(1, items.Count / 2); size > 0 && left > 0; size /= 2)
        {
            for (var at = 0; at < items.Count && left > 0;)
            {
                IReadOnlyList<T> fewer = [.. items.Take(at), .. items.Skip(at + size)];
                var smaller = with(life, fewer);
                if (Breaks(smaller, violation, ref left))
                    (life, items) = (smaller, fewer);
                else
                    at += size;
            }
        }
        return life;
    }

    private static bool Breaks(Life life, Violation violation, ref int left)
    {
        left--;
        return violation.IsLike(LifeRun.Of(life).Violation);
    }
}
