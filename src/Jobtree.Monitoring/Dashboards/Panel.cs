namespace Jobtree.Monitoring.Dashboards;

/// <summary>How a panel draws its series.</summary>
internal enum PanelKind
{
    /// <summary>A number.</summary>
    Stat,

    /// <summary>A number on a dial from <see cref="Panel.Min"/> to <see cref="Panel.Max"/>.</summary>
    Gauge,

    /// <summary>Lines over time.</summary>
    Lines,

    /// <summary>Areas over time, one above the other.</summary>
    Stack,

    /// <summary>Columns over time, one above the other.</summary>
    Columns,

    /// <summary>A horizontal bar for the last value of each series.</summary>
    Bars,

    /// <summary>The last values, one row for each set of labels and one column for each query.</summary>
    Table,

    /// <summary>A histogram's buckets over time, as colours.</summary>
    HeatMap,
}

/// <summary>A panel of a dashboard.</summary>
/// <param name="Kind">How it draws its series.</param>
/// <param name="Title">Its title.</param>
/// <param name="Description">What its values mean and what to look for.</param>
/// <param name="Unit">The unit of its values, one of <see cref="Unit"/>.</param>
/// <param name="Queries">What it shows.</param>
internal sealed record Panel(
    PanelKind Kind, string Title, string Description, string Unit, IReadOnlyList<Query> Queries)
{
    /// <summary>The least value of the axis; null if the values decide.</summary>
    public double? Min { get; init; } = 0;

    /// <summary>The greatest value of the axis; null if the values decide.</summary>
    public double? Max { get; init; }

    /// <summary>From which values on a number or bar is orange or red; null if it never is.</summary>
    public Thresholds? Thresholds { get; init; }

    /// <summary>What it says without data, where that is good news; null if it says that there are none.</summary>
    public string? WhenEmpty { get; init; }

    /// <summary>The dashboard that a click on a row of a table opens; null if there is none.</summary>
    public PanelLink? Link { get; init; }

    /// <summary>Whether the panel has a line of its own.</summary>
    public bool IsWide { get; init; }

    /// <summary>Whether the panel is small: several of its kind share a line.</summary>
    public bool IsSmall => Kind is PanelKind.Stat or PanelKind.Gauge;

    public static Panel Stat(string title, string description, string unit, params IReadOnlyList<Query> queries) =>
        new(PanelKind.Stat, title, description, unit, queries);

    /// <summary>A share from 0 to 1, orange and red as it comes near 1.</summary>
    public static Panel Gauge(string title, string description, params IReadOnlyList<Query> queries) =>
        new(PanelKind.Gauge, title, description, Dashboards.Unit.Ratio, queries)
        {
            Max = 1,
            Thresholds = new(0.8, 0.9),
        };

    public static Panel Lines(string title, string description, string unit, params IReadOnlyList<Query> queries) =>
        new(PanelKind.Lines, title, description, unit, queries);

    public static Panel Stack(string title, string description, string unit, params IReadOnlyList<Query> queries) =>
        new(PanelKind.Stack, title, description, unit, queries);

    public static Panel Columns(string title, string description, string unit, params IReadOnlyList<Query> queries) =>
        new(PanelKind.Columns, title, description, unit, queries);

    public static Panel Bars(string title, string description, string unit, params IReadOnlyList<Query> queries) =>
        new(PanelKind.Bars, title, description, unit, queries);

    public static Panel Table(string title, string description, string unit, params IReadOnlyList<Query> queries) =>
        new(PanelKind.Table, title, description, unit, queries);

    public static Panel HeatMap(string title, string description, string unit, string buckets) =>
        new(PanelKind.HeatMap, title, description, unit, [new("{{le}}", buckets)]);
}

/// <summary>What a panel asks Prometheus.</summary>
/// <param name="Legend">The name of each series, with <c>{{label}}</c>; in a table the title of the column.</param>
/// <param name="Expression">The query, in PromQL.</param>
internal sealed record Query(string Legend, string Expression)
{
    public static implicit operator Query((string Legend, string Expression) query) =>
        new(query.Legend, query.Expression);

    /// <summary>A query whose series need no name: the title of the panel says all.</summary>
    public static implicit operator Query(string expression) => new("", expression);

    /// <summary>
    /// Whether one value at the end of the time range answers the query, because it covers the whole range itself.
    /// </summary>
    public bool CoversRange => Expression.Contains("$__range", StringComparison.Ordinal);
}

/// <summary>From which values on a colour warns. Where low values are bad, red is below orange.</summary>
/// <param name="Orange">Orange from here on.</param>
/// <param name="Red">Red from here on.</param>
internal sealed record Thresholds(double Orange, double Red);

/// <summary>A link from a row of a table to another dashboard.</summary>
/// <param name="Title">What the link says.</param>
/// <param name="Uid">The dashboard.</param>
/// <param name="Labels">The columns that become variables of the same name there.</param>
internal sealed record PanelLink(string Title, string Uid, params IReadOnlyList<string> Labels);
