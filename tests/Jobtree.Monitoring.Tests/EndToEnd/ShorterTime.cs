using System.Globalization;
using System.Text.RegularExpressions;

namespace Jobtree.Monitoring.Tests.EndToEnd;

/// <summary>
/// Copies of shipped configuration in which nothing is changed but how long is waited: the intervals of scrapes and
/// evaluations, how long a condition must hold (<c>for</c>), and how long notifications are held back. Expressions,
/// with the windows and thresholds in them, stay as they are shipped.
/// </summary>
internal static partial class ShorterTime
{
    /// <summary>A minute of waiting is a second here.</summary>
    public const int Waiting = 60;

    /// <summary>Scrapes and evaluations come ten times as often: a busy silo takes its time to answer.</summary>
    public const int Scraping = 10;

    /// <summary>Divides every duration that is only waited for.</summary>
    public static string Of(string configuration) => Waits().Replace(configuration, match => string.Create(
        CultureInfo.InvariantCulture,
        $"{match.Groups["key"]}{Milliseconds(match) / (match.Groups["often"].Success ? Scraping : Waiting)}ms"));

    private static long Milliseconds(Match match) =>
        long.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) * match.Groups["unit"].Value switch
        {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => 86_400_000,
        };

    [GeneratedRegex(@"(?<key>^[ -]*(?:(?<often>interval|scrape_interval|evaluation_interval)|for|group_wait|"
        + @"group_interval|repeat_interval|resolve_timeout): )(?<number>\d+)(?<unit>ms|s|m|h|d)(?=\s*$)",
        RegexOptions.Multiline)]
    private static partial Regex Waits();
}
