using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Tests.Logging;

/// <summary>Keeps the lines that are logged, by event name.</summary>
/// <param name="least">The least level.</param>
internal sealed class LogListener(LogLevel least) : ILoggerProvider, ILogger
{
    private readonly List<(string Event, string Message)> lines = [];

    public IReadOnlyList<(string Event, string Message)> Lines
    {
        get
        {
            lock (lines)
                return [.. lines];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (lines)
            lines.Add((eventId.Name!, formatter(state, exception)));
    }

    public void Dispose()
    {
    }
}
