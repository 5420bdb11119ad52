using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Jobtree.Silo.Logging;

/// <summary>Configures a silo's log, which goes to standard output.</summary>
internal static class SiloLogging
{
    /// <summary>Adds the log.</summary>
    /// <param name="logging">The logging of a host or factory.</param>
    /// <param name="settings">What is logged, and how.</param>
    public static void AddSiloLog(this ILoggingBuilder logging, LogSettings settings)
    {
        // Libraries log every request and call at the levels below; what Jobtree does with them is in its own lines.
        var ofLibraries = settings.Level > LogLevel.Warning ? settings.Level : LogLevel.Warning;
        logging.Services.AddSingleton<ConsoleFormatter>(
            settings.IsJson ? new JsonLines(TimeProvider.System) : new TextLines(TimeProvider.System));
        logging
            .SetMinimumLevel(settings.Level)
            .AddConsole(console => console.FormatterName = settings.IsJson ? JsonLines.FormatName
                : TextLines.FormatName)
            .AddFilter(Announcements.LoggerName, LogLevel.Information)
            .AddFilter("Microsoft", ofLibraries)
            .AddFilter("Orleans", ofLibraries)
            // Orleans logs the start of a grain service in the service's own category.
            .AddFilter("Jobtree.Grains.Reporting.ReportsService", ofLibraries)
            .AddFilter("Jobtree.Grains.Links.LinkService", ofLibraries)
            .AddFilter("System", ofLibraries)
            // Orleans runs each activation and placement through a resilience pipeline, which logs every success.
            .AddFilter("Polly", ofLibraries)
            // At every start, the first recommends another garbage collector and the second mistakes the machine's
            // uptime for a stall.
            .AddFilter("Orleans.Runtime.Silo", LogLevel.Error)
            .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
            // The caller reports a failed start of the server or the silo, in one line.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddFilter("Microsoft.Hosting.Lifetime", ofLibraries);
    }
}
