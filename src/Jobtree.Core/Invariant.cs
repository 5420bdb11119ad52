using System.Runtime.CompilerServices;

namespace Jobtree.Core;

/// <summary>
/// Assertions that must hold for any input to the fleet. They are checked in Debug builds, under the runtime switch
/// <c>Jobtree.Invariants</c> (set by tests and simulations), and with <c>JOBTREE_INVARIANTS=1</c> in the environment
/// (set for hosts that tests start). Elsewhere they cost nothing.
/// </summary>
/// <remarks>A check of arguments that callers may get wrong is not an invariant; it always throws.</remarks>
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
    /// <param name="condition">The condition, which must be cheap to evaluate. Guard an expensive one with
    /// <see cref="IsChecked"/>.</param>
    /// <param name="message">What is broken; the text is formatted only if the condition fails.</param>
    /// <exception cref="InvariantBrokenException">The condition does not hold.</exception>
    public static void Holds(
        bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref Message message)
    {
        if (IsChecked && !condition)
            throw new InvariantBrokenException(message.ToString());
    }

    /// <summary>Throws unless a condition holds.</summary>
    /// <param name="condition">The condition, which must be cheap to evaluate.</param>
    /// <param name="rule">The rule, as a sentence.</param>
    /// <exception cref="InvariantBrokenException">The condition does not hold.</exception>
    public static void Holds(bool condition, string rule)
    {
        if (IsChecked && !condition)
            throw new InvariantBrokenException(rule);
    }

    /// <summary>The message for a broken invariant; empty while the invariant holds.</summary>
    [InterpolatedStringHandler]
    public ref struct Message
    {
        private DefaultInterpolatedStringHandler text;

        /// <summary>Begins a message.</summary>
        /// <param name="literalLength">The number of characters outside the holes.</param>
        /// <param name="formattedCount">The number of holes.</param>
        /// <param name="condition">Whether the invariant holds.</param>
        /// <param name="isWanted">Whether the message is to be formatted.</param>
        public Message(int literalLength, int formattedCount, bool condition, out bool isWanted)
        {
            isWanted = !condition && IsChecked;
            if (isWanted)
                text = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }

        /// <summary>Appends literal text.</summary>
        /// <param name="literal">The text.</param>
        public void AppendLiteral(string literal) => text.AppendLiteral(literal);

        /// <summary>Appends the value of a hole.</summary>
        /// <param name="value">The value.</param>
        public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

        /// <inheritdoc/>
        public override string ToString() => text.ToStringAndClear();
    }
}

/// <summary>
/// A condition that must hold in every state does not. This is a defect, and the state cannot be trusted afterwards.
/// </summary>
/// <param name="message">What is broken.</param>
public sealed class InvariantBrokenException(string message) : Exception(message);
