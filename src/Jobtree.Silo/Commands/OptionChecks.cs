using System.CommandLine.Parsing;
using System.Globalization;

namespace Jobtree.Silo.Commands;

/// <summary>Range checks for numeric options.</summary>
internal static class OptionChecks
{
    public static void Port(OptionResult result)
    {
        if (Given(result) is { } port and (< 0 or > 65535))
            result.AddError($"{result.Option.Name} takes a port, 0 to 65535, not {port}.");
    }

    public static void AtLeastOne(OptionResult result)
    {
        if (Given(result) is < 1)
            result.AddError($"{result.Option.Name} must be at least 1.");
    }

    public static Action<OptionResult> Within(int least, int most) => result =>
    {
        if (Given(result) is { } number && (number < least || number > most))
            result.AddError($"{result.Option.Name} takes {least} to {most}, not {number}.");
    };

    /// <summary>The given number; null: none, or text that the parser itself rejects.</summary>
    private static long? Given(OptionResult result) =>
        result.Tokens is [var token] && long.TryParse(token.Value, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
