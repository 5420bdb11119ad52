namespace Jobtree.Monitoring.Dashboards;

/// <summary>A dashboard as data. <see cref="DashboardJson"/> writes it in Grafana's format.</summary>
/// <param name="Uid">Its identifier in links; also the name of its file.</param>
/// <param name="Title">Its title.</param>
/// <param name="Description">What it answers, in one or two sentences.</param>
/// <param name="Rows">Its rows, from top to bottom.</param>
internal sealed record Dashboard(string Uid, string Title, string Description, params IReadOnlyList<Row> Rows)
{
    /// <summary>Where the file is, from the root of the repository.</summary>
    public string Path => $"dashboards/{Uid}.json";

    /// <summary>
    /// The variables: data source, job and instance always, the others if a query of a panel names them.
    /// </summary>
    public IEnumerable<Variable> Variables =>
        Variable.All.Where(variable => variable.IsOnEveryDashboard || Names(variable.Name));

    private bool Names(string variable) =>
        Rows.SelectMany(row => row.Panels).SelectMany(panel => panel.Queries)
            .Any(query => query.Expression.Contains($"${variable}\"", StringComparison.Ordinal));
}

/// <summary>A titled row of panels. Small panels (stat, gauge) come first and share lines of their own.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Panels">Its panels, from left to right.</param>
internal sealed record Row(string Title, params IReadOnlyList<Panel> Panels);
