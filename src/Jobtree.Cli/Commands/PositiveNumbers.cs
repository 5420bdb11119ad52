using System.CommandLine;
using System.Globalization;

namespace Jobtree.Cli.Commands;

/// <summary>Options that take a whole number from 1.</summary>
internal static class PositiveNumbers
{
    /// <summary>Refuses anything else. The text itself is read, because the value of one that is no number throws.
    /// </summary>
    public static void MustBePositive(this Option option) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && !(int.TryParse(
            token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0))
            result.AddError($"{option.Name} takes a number from 1.");
    });
}
