using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Logging;

/// <summary>
/// What a silo says at its start, whatever the log level: plain lines for a person, or events of the JSON log, so that
/// whoever reads that log finds nothing else in it.
/// </summary>
/// <param name="settings">The log's format.</param>
/// <param name="loggers">Makes the logger.</param>
internal sealed partial class Announcements(LogSettings settings, ILoggerFactory loggers)
{
    /// <summary>The name of the logger, which logs at every level.</summary>
    public const string LoggerName = "Jobtree.Announcements";

    private readonly ILogger logger = loggers.CreateLogger(LoggerName);

    /// <summary>Says one line.</summary>
    public void Say(string line)
    {
        if (settings.IsJson)
            Announced(line);
        else
            Console.Out.WriteLine(line);
    }

    [LoggerMessage(130, LogLevel.Information, "{Sentence}")]
    private partial void Announced(string sentence);
}
