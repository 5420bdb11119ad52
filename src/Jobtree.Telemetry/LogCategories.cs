namespace Jobtree.Telemetry;

/// <summary>The category of a log line, of which there are four.</summary>
public static class LogCategories
{
    /// <summary>Decisions about runs: bound, reserved, started, cut, ended.</summary>
    public const string Scheduler = "SCHEDULER";

    /// <summary>What runs are carried out on: nodes and executors.</summary>
    public const string Target = "TARGET";

    /// <summary>What is kept: budgets, journals, snapshots, the listing, the store.</summary>
    public const string State = "STATE";

    /// <summary>The host itself: its life, its API, its tokens, its clock, its libraries.</summary>
    public const string System = "SYSTEM";

    /// <summary>The logger for decisions about runs.</summary>
    public const string SchedulerLogger = "Jobtree.Scheduler";

    /// <summary>The logger for changes of nodes and for starts and stops of workloads.</summary>
    public const string TargetLogger = "Jobtree.Target";

    /// <summary>The logger for changes of budgets.</summary>
    public const string StateLogger = "Jobtree.State";

    // The first prefix that fits decides.
    private static readonly (string Prefix, string Category)[] Prefixes =
    [
        (SchedulerLogger, Scheduler),
        ("Jobtree.Grains.Hosting.FlavorGrain", Scheduler),
        (TargetLogger, Target),
        ("Jobtree.Execution", Target),
        ("Jobtree.Silo.Hosting.DurableExecutor", Target),
        (StateLogger, State),
        ("Jobtree.Journal", State),
        ("Jobtree.Silo.Journals", State),
        ("Jobtree.Silo.Histories", State),
        ("Jobtree.Grains", State),
        ("StackExchange.Redis", State),
    ];

    /// <summary>The categories, for the documentation.</summary>
    public static IReadOnlyList<string> All { get; } = [Scheduler, Target, State, System];

    /// <summary>The category of the lines of a logger.</summary>
    /// <param name="logger">The logger's name, usually that of a type.</param>
    public static string Of(string logger)
    {
        foreach (var (prefix, category) in Prefixes)
        {
            if (logger.StartsWith(prefix, StringComparison.Ordinal))
                return category;
        }
        return System;
    }
}
