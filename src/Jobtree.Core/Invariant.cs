using System.Runtime.CompilerServices;

namespace Jobtree.Core;

/// <summary>
/// Assertions on what must and must not hold whatever a fleet is asked. They are on in Debug builds, where the runtime
/// switch <c>Jobtree.Invariants</c> is set, as for tests and simulations, and where the environment has
/// <c>JOBTREE_INVARIANTS=1</c>, as for hosts that tests start; elsewhere they cost nothing.
/// </summary>
/// <remarks>A check of arguments that callers may get wrong is no invariant: it throws always.</remarks>
public static class Invariant
{
    /// <summary>Whether invariants are checked in this process.</summary>
    public static bool IsChecked { get; } =
        AppContext.TryGetSwitch("Jobtree.Invariants", out var isOn)
            ? isOn
            : IsDebugBuild || Environment.GetEnvironmentVariable("JOBTREE_INVARIANTS") == "1";

    private static bool IsDebugBuild =>
#if DEBUG
        true;
#else
        false;
#endif

    /// <summary>Throws unless a condition holds.</summary>
    /// <param name="condition">What must hold; cheap to work out. A dearer one belongs behind
    /// <see cref="IsChecked"/>.</param>
    /// <param name="message">What is broken; the text is made only when it is.</param>
    /// <exception cref="InvariantBrokenException">It does not hold.</exception>
    public static void Holds(
        bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref Message message)
    {
        if (IsChecked && !condition)
            throw new InvariantBrokenException(message.ToString());
    }

    /// <summary>Throws unless a condition holds.</summary>
    /// <param name="condition">What must hold; cheap to work out.</param>
    /// <param name="rule">The rule, as a sentence.</param>
    /// <exception cref="InvariantBrokenException">It does not hold.</exception>
    public static void Holds(bool condition, string rule)
    {
        if (IsChecked && !condition)
            throw new InvariantBrokenException(rule);
    }

    /// <summary>The text of a broken invariant; empty while it holds.</summary>
    [InterpolatedStringHandler]
    public ref struct Message
    {
        private DefaultInterpolatedStringHandler text;

        /// <summary>Begins a text.</summary>
        /// <param name="literalLength">Characters outside the holes.</param>
        /// <param name="formattedCount">How many holes.</param>
        /// <param name="condition">Whether the invariant holds.</param>
        /// <param name="isWanted">Whether the text is to be made.</param>
        public Message(int literalLength, int formattedCount, bool condition, out bool isWanted)
        {
            isWanted = !condition && IsChecked;
            if (isWanted)
                text = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }

        /// <summary>Adds what stands between holes.</summary>
        /// <param name="literal">The text.</param>
        public void AppendLiteral(string literal) => text.AppendLiteral(literal);

        /// <summary>Adds what stands in a hole.</summary>
        /// <param name="value">The value.</param>
        public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

        /// <inheritdoc/>
        public override string ToString() => text.ToStringAndClear();
    }
}

/// <summary>
/// Something that must hold in every state does not: a defect, after which the state is not to be trusted.
/// </summary>
/// <param name="message">What is broken.</param>
public sealed class InvariantBrokenException(string message) : Exception(message);
