using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Logging;

/// <summary>What a silo logs, and how.</summary>
/// <param name="Level">The least important level that is logged.</param>
/// <param name="IsJson">Whether lines are JSON; otherwise they are text for a person.</param>
internal sealed record LogSettings(LogLevel Level, bool IsJson)
{
    /// <summary>The levels by name.</summary>
    public static IReadOnlyDictionary<string, LogLevel> Levels { get; } = new Dictionary<string, LogLevel>
    {
        ["error"] = LogLevel.Error,
        ["warn"] = LogLevel.Warning,
        ["info"] = LogLevel.Information,
        ["debug"] = LogLevel.Debug,
    };
}
