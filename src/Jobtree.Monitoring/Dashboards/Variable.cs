namespace Jobtree.Monitoring.Dashboards;

/// <summary>
/// A variable of a dashboard, chosen at its top. Its values are those that a label has on a series.
/// </summary>
/// <param name="Name">Its name in queries, also the label's.</param>
/// <param name="Label">Its name on the page.</param>
/// <param name="Series">The series, with the variables that narrow it.</param>
internal sealed record Variable(string Name, string Label, string Series)
{
    private const string Silo = """job=~"$job", instance=~"$instance" """;

    /// <summary>Whether every dashboard has it, whatever its queries name.</summary>
    public bool IsOnEveryDashboard => Name is "job" or "instance";

    /// <summary>Whether all values can be chosen at once; if not, it begins with the first one.</summary>
    public bool HasAll { get; init; } = true;

    /// <summary>The value that it begins with, if there is such a one; null: it begins with all.</summary>
    public string? Default { get; init; }

    /// <summary>All variables, in the order of the page; each may be used by those that follow.</summary>
    public static IReadOnlyList<Variable> All { get; } =
    [
        // Other programs of the same Prometheus may have series of Orleans, of .NET and of processes too: it begins
        // with the job of the shipped configuration.
        new("job", "Job", "jobtree_api_watchers") { Default = "jobtree" },
        new("instance", "Instance", "jobtree_api_watchers{job=~\"$job\"}"),
        new("flavor", "Flavor", $"jobtree_ledger_sequence{{{Silo.TrimEnd()}}}"),
        new("provider", "Provider",
            "{__name__=~\"batch_jobs_total|batch_provider_latency_seconds_count\", job=~\"$job\"}"),
        new("operation", "Operation", "batch_provider_latency_seconds_count{job=~\"$job\"}"),
        new("namespace", "Namespace", $"jobtree_run_progress_ratio{{{Silo.TrimEnd()}}}"),
        new("run", "Run", $"jobtree_run_progress_ratio{{{Silo.TrimEnd()}, namespace=~\"$namespace\"}}")
        {
            HasAll = false,
        },
    ];
}
