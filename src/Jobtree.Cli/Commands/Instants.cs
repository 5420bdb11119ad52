using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Jobtree.Core.Json;
using Jobtree.Manifests.Reading;

namespace Jobtree.Cli.Commands;

/// <summary>Options that name a past instant: in RFC 3339, as a day in UTC, or as how long ago it was.</summary>
internal static class Instants
{
    private const string Allowed =
        "a time such as 2026-01-31T08:00:00Z, a day such as 2026-01-31, or how long ago it was, such as 90m or 7d";

    /// <summary>Creates an option.</summary>
    public static Option<string?> Option(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "time" };
        option.Validators.Add(result => Check(name, result));
        return option;
    }

    /// <summary>The instant given, if any.</summary>
    public static DateTimeOffset? Of(CommandContext context, Option<string?> option) =>
        context.Parsed.GetValue(option) is { } text && TryParse(text, context.Host.Time.GetUtcNow(), out var instant)
            ? instant : null;

    private static void Check(string name, OptionResult result)
    {
        if (result.GetValueOrDefault<string?>() is { } text && !TryParse(text, DateTimeOffset.UtcNow, out _))
            result.AddError($"{name} takes {Allowed}.");
    }

    private static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset instant)
    {
        if (Timestamp.TryParse(text, out instant))
            return true;
        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out instant))
            return instant.Year >= 1970;
        if (!Duration.TryParse(text, out var ago) || ago > now - DateTimeOffset.UnixEpoch)
            return false;
        instant = now - ago;
        return true;
    }
}
