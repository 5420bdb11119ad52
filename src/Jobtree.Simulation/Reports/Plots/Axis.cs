using System.Globalization;

namespace Jobtree.Simulation.Reports.Plots;

/// <summary>An axis: its title, its range and its scale.</summary>
internal sealed record Axis
{
    private static readonly (double Minutes, string Label)[] Durations =
    [
        (0, "0"), (10, "10 min"), (30, "30 min"), (60, "1 h"), (180, "3 h"), (360, "6 h"), (720, "12 h"),
        (1_440, "1 d"), (2_880, "2 d"), (5_760, "4 d"), (11_520, "8 d"), (23_040, "16 d"), (46_080, "32 d"),
        (92_160, "64 d"),
    ];

    /// <summary>The title, with the unit.</summary>
    public required string Title { get; init; }

    /// <summary>The value at its start.</summary>
    public required double Min { get; init; }

    /// <summary>The value at its end.</summary>
    public required double Max { get; init; }

    /// <summary>The ticks with their labels.</summary>
    public required IReadOnlyList<Tick> Ticks { get; init; }

    /// <summary>Whether each tick has a grid line.</summary>
    public bool Grid { get; init; } = true;

    /// <summary>Maps a value to a length; the identity for a linear axis. Monotonically increasing.</summary>
    public Func<double, double> Spread { get; init; } = value => value;

    /// <summary>The position of a value between the start (0) and the end (1); values outside are clamped.</summary>
    public double Position(double value) =>
        Math.Clamp((Spread(value) - Spread(Min)) / Math.Max(double.Epsilon, Spread(Max) - Spread(Min)), 0, 1);

    /// <summary>A linear axis from 0 with round tick values.</summary>
    /// <param name="title">The title, with the unit.</param>
    /// <param name="max">The largest value to show.</param>
    public static Axis Count(string title, double max)
    {
        var step = RoundStep(Math.Max(max, 1) / 5);
        var end = Math.Max(1, Math.Ceiling(Math.Max(max, 1) / step * 0.999)) * step;
        return new Axis { Title = title, Min = 0, Max = end, Ticks = Linear(0, end, step, Number) };
    }

    /// <summary>A linear axis for shares, 0 to 100 %.</summary>
    /// <param name="title">The title.</param>
    public static Axis Share(string title) => new()
    {
        Title = title, Min = 0, Max = 1, Ticks = Linear(0, 1, 0.25, value => $"{Number(value * 100)} %"),
    };

    /// <summary>A time axis in days from the trace's start, or in hours for a short span.</summary>
    /// <param name="span">The length of the axis.</param>
    public static Axis Time(TimeSpan span)
    {
        var days = span > TimeSpan.FromDays(3);
        var end = Math.Max(days ? span.TotalDays : span.TotalHours, 0.1);
        return new Axis
        {
            Title = days ? "days since the first arrival" : "hours since the first arrival",
            Min = 0,
            Max = end,
            Ticks = Linear(0, end, RoundStep(end / 9), Number),
        };
    }

    /// <summary>
    /// An axis for durations in minutes. It starts at zero and is roughly logarithmic from about ten minutes on.
    /// </summary>
    /// <param name="title">The title.</param>
    /// <param name="maxMinutes">The longest duration to show.</param>
    public static Axis Duration(string title, double maxMinutes)
    {
        var end = Math.Max(maxMinutes, 30) * 1.04;
        return new Axis
        {
            Title = title,
            Min = 0,
            Max = end,
            Ticks = [.. Durations.Where(known => known.Minutes <= end && known.Minutes is not 30)
                .Select(known => new Tick(known.Minutes, known.Label))],
            Spread = minutes => Math.Log(1 + (Math.Max(minutes, 0) / 10)),
        };
    }

    /// <summary>A symmetric linear axis for time differences, in hours.</summary>
    /// <param name="title">The title.</param>
    /// <param name="halfHours">The extent to either side.</param>
    public static Axis Difference(string title, double halfHours) => new()
    {
        Title = title,
        Min = -halfHours,
        Max = halfHours,
        Ticks = Linear(-halfHours, halfHours, halfHours / 4, Signed),
    };

    private static string Signed(double hours) =>
        hours == 0 ? "0" : $"{(hours > 0 ? "+" : "−")}{Number(Math.Abs(hours))} h";

    private static Tick[] Linear(double min, double max, double step, Func<double, string> label) =>
    [
        .. Enumerable.Range(0, (int)Math.Floor(((max - min) / step) + 1e-9) + 1)
            .Select(index => min + (index * step))
            .Select(value => new Tick(value, label(value))),
    ];

    private static double RoundStep(double rough)
    {
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var lead = rough / magnitude;
        return magnitude * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
    }

    private static string Number(double value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);
}

/// <summary>A labelled tick of an axis.</summary>
internal readonly record struct Tick(double Value, string Label);
