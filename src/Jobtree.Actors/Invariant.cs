using System.Runtime.CompilerServices;

namespace Jobtree.Actors;

/// <summary>
/// Says in the code what always holds. The switch <c>Jobtree.Invariants</c> has it checked, as tests and the simulator
/// do; without it a check costs nothing.
/// </summary>
public static class Invariant
{
    /// <summary>Whether invariants are checked in this process.</summary>
    public static bool AreChecked { get; } =
        AppContext.TryGetSwitch("Jobtree.Invariants", out var isChecked) && isChecked;

    /// <summary>Says that something holds.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="rule">The rule, as a sentence.</param>
    /// <exception cref="InvalidOperationException">It does not, and that is checked.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Holds(bool holds, string rule)
    {
        if (AreChecked && !holds)
            Broken(rule);
    }

    private static void Broken(string rule) => throw new InvalidOperationException($"An invariant is broken: {rule}");
}
