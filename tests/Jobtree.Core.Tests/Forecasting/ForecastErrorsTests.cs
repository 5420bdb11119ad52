using Jobtree.Core.Forecasting;

namespace Jobtree.Core.Tests.Forecasting;

public sealed class ForecastErrorsTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public void Without_a_past_the_bound_is_twice_the_arithmetic()
    {
        Assert.Equal((Hour, 2 * Hour), new ForecastErrors().Stretch(Hour));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), new ForecastErrors().Stretch(TimeSpan.Zero));
        Assert.Null(new ForecastErrors().Coverage);
    }

    [Fact]
    public void Forecasts_are_stretched_by_the_quantiles_of_the_past()
    {
        var errors = new ForecastErrors();
        for (var i = 1; i <= 100; i++)
            errors.Add(Hour, i / 50.0 * Hour, held: i <= 90, Hour);
        var (median, p90) = errors.Stretch(Hour);
        Assert.InRange(median, 0.98 * Hour, 1.04 * Hour);
        Assert.InRange(p90, 1.79 * Hour, 1.85 * Hour);
        Assert.Equal(0.9, errors.Coverage);
    }

    [Fact]
    public void The_bound_holds_for_nine_in_ten_of_what_comes_next()
    {
        var (errors, random, held) = (new ForecastErrors(), new Random(5), 0);
        for (var i = 0; i < 4000; i++)
        {
            var actual = Hour * -Math.Log(1 - random.NextDouble());
            var (median, p90) = errors.Stretch(Hour);
            Assert.True(median <= p90);
            held += i >= 1000 && actual <= p90 ? 1 : 0;
            errors.Add(Hour, actual, actual <= p90, Hour);
        }
        Assert.InRange(held / 3000.0, 0.87, 0.93);
    }

    [Fact]
    public void The_margin_follows_waits_that_grow_away_from_the_past()
    {
        var (errors, random, held) = (new ForecastErrors(), new Random(7), 0);
        for (var i = 0; i < 4000; i++)
        {
            var actual = Hour * (Math.Exp(i / 400.0) * (0.5 + random.NextDouble()));
            var (_, p90) = errors.Stretch(Hour);
            held += i >= 1000 && actual <= p90 ? 1 : 0;
            errors.Add(Hour, actual, actual <= p90, Hour);
        }
        Assert.InRange(held / 3000.0, 0.86, 0.94);
        Assert.True(errors.Margin > 1);
    }

    /// <summary>Short runs overtake and wait half of the arithmetic, long ones are overtaken and wait thrice.</summary>
    [Fact]
    public void Runs_of_one_length_are_judged_by_each_other()
    {
        var (errors, random) = (new ForecastErrors(), new Random(3));
        var (shortRun, longRun) = (TimeSpan.FromMinutes(5), TimeSpan.FromHours(10));
        for (var i = 0; i < 2000; i++)
        {
            var (expected, times) = i % 2 == 0 ? (shortRun, 0.5) : (longRun, 3);
            var actual = Hour * (times * (0.8 + (0.4 * random.NextDouble())));
            errors.Add(Hour, actual, actual <= errors.Stretch(Hour, expected).P90, expected);
        }
        Assert.InRange(errors.Stretch(Hour, shortRun).Median, 0.45 * Hour, 0.55 * Hour);
        Assert.InRange(errors.Stretch(Hour, longRun).Median, 2.8 * Hour, 3.2 * Hour);
        Assert.InRange(errors.Stretch(Hour, longRun).P90, 3 * Hour, 4.5 * Hour);
        Assert.Equal(errors.Stretch(Hour), errors.Stretch(Hour, TimeSpan.FromDays(30))); // None of that length yet.
        var again = new ForecastErrors();
        again.Import(errors.Export(), errors.Started, errors.Held, errors.Margin);
        foreach (var (one, ratios, margin) in errors.ExportClasses())
            again.ImportClass(one, ratios, margin);
        foreach (var expected in new[] { shortRun, longRun, TimeSpan.FromDays(30) })
            Assert.Equal(errors.Stretch(Hour, expected), again.Stretch(Hour, expected));
    }

    [Fact]
    public void What_is_exported_comes_back_the_same_and_only_the_last_are_kept()
    {
        var (errors, again) = (new ForecastErrors(), new ForecastErrors());
        for (var i = 0; i < ForecastErrors.Depth + 77; i++)
            errors.Add(Hour, i * TimeSpan.FromMinutes(1), i % 3 == 0, Hour);
        again.Import(errors.Export(), errors.Started, errors.Held, errors.Margin);
        Assert.Equal(ForecastErrors.Depth, errors.Export().Count);
        Assert.Equal((errors.Stretch(Hour), errors.Coverage), (again.Stretch(Hour), again.Coverage));
        errors.Add(Hour, Hour, true, Hour);
        again.Add(Hour, Hour, true, Hour);
        Assert.Equal(errors.Export(), again.Export());
    }

    [Fact]
    public void A_forecast_never_overflows()
    {
        var errors = new ForecastErrors();
        for (var i = 0; i < 30; i++)
            errors.Add(TimeSpan.Zero, TimeSpan.FromDays(3000), false, Hour);
        Assert.InRange(errors.Stretch(TimeSpan.FromDays(3000)).P90, TimeSpan.FromDays(3000), TimeSpan.FromDays(3650));
    }
}
