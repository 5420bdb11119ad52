using Jobtree.Core.Forecasting;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Scheduling;

/// <summary>What an owner gains by stating other durations than the true ones, and by splitting its work.</summary>
public sealed class StatementTests
{
    private const int Gpus = 8;

    /// <summary>
    /// From the 64th ended run on, all are served as if the owner stated the truth, to the same instants, for as long
    /// as it keeps to its factor. (With a factor that is no power of two, two runs of nearly the same length may change
    /// places, since runs are tried by classes of statements that lie within a quarter of a doubling.)
    /// </summary>
    [Theory]
    [InlineData(1d / 1024)]
    [InlineData(0.125)]
    [InlineData(0.5)]
    [InlineData(4)]
    public void Who_states_any_multiple_of_the_truth_is_soon_served_as_if_it_stated_the_truth(double factor)
    {
        for (var seed = 0; seed < 5; seed++)
            Assert.Equal(Starts(seed, 1), Starts(seed, factor));

        static List<(RunKey Run, DateTimeOffset At)> Starts(int seed, double factor)
        {
            var (contest, random) = (new Contest(Gpus), new Random(seed));
            // The record: one run after the other, nobody else is there.
            for (var run = 0; run < DurationHistory.Depth; run++)
                Submit(contest, $"past-{run}", "s", TimeSpan.FromHours(20 * run), Takes(random), factor);
            Compete(contest, random, TimeSpan.FromHours(20 * DurationHistory.Depth), factor);
            contest.Play();
            return [.. contest.Starts];
        }
    }

    /// <summary>The first runs of a record gain, as nobody can know; over a long time that is nothing.</summary>
    [Theory]
    [InlineData(0.001)]
    [InlineData(0.1)]
    public void Who_understates_from_the_first_run_on_is_served_no_earlier_over_a_long_time(double factor)
    {
        var (honest, lying) = (0.0, 0.0);
        for (var seed = 0; seed < 6; seed++)
        {
            honest += Waited(seed, 1);
            lying += Waited(seed, factor);
        }
        Assert.InRange(lying / honest, 0.99, 1.1);

        static double Waited(int seed, double factor)
        {
            var contest = new Contest(Gpus);
            Compete(contest, new Random(seed), TimeSpan.Zero, factor);
            contest.Play();
            return contest.Waits.Where(run => run.Key.Name[0] == 's').Average(run => run.Value.TotalMinutes);
        }
    }

    /// <summary>Whatever an owner states, its runs look, on average, no shorter than they are.</summary>
    [Fact]
    public void No_pattern_of_statements_makes_runs_look_shorter_than_they_are_on_average()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var (history, random) = (new DurationHistory(), new Random(seed));
            var runs = new List<(TimeSpan Took, TimeSpan Stated)>();
            for (var run = 0; run < DurationHistory.Depth; run++)
            {
                var took = TimeSpan.FromMinutes(Math.Pow(10, 4 * random.NextDouble()));
                // Each seed has its own pattern: how wild, how low, and whether long runs lie as short ones do.
                var lie = Math.Pow(10, (seed % 5 * (random.NextDouble() - 0.5)) - (seed % 3))
                    * Math.Pow(took.TotalMinutes, (seed % 7 - 3) / 3.0);
                runs.Add((took, TimeSpan.FromSeconds(Math.Max(0.01, took.TotalSeconds * lie))));
                history.Add("o", 1, runs[^1].Took, runs[^1].Stated);
            }
            Assert.True(runs.Average(run => history.Corrected("o", run.Stated) / run.Took) > 0.9999, $"seed {seed}");
        }
    }

    /// <summary>Short runs with long statements are cheap to make, so they shorten a statement only so far.</summary>
    [Fact]
    public void A_record_of_overstatements_shortens_a_statement_to_a_quarter_at_most()
    {
        var history = new DurationHistory();
        for (var run = 0; run < 2 * DurationHistory.Depth; run++)
            history.Add("o", 1, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Assert.Equal(TimeSpan.FromHours(2), history.Corrected("o", TimeSpan.FromHours(8)));
    }

    /// <summary>
    /// Splitting is no statement: parts that are shorter are served as the shorter runs that they are, so where many
    /// wait, all of a run's parts have started a little sooner than the run would have. This does not grow with their
    /// number, and where few wait, the last part starts later.
    /// </summary>
    [Theory]
    [InlineData(4, 28, 0.85, 1)]
    [InlineData(16, 28, 0.85, 1)]
    [InlineData(4, 36, 1, 3)]
    public void Parts_of_a_run_gain_no_more_than_short_runs_do(int parts, double minutes, double least, double most)
    {
        var (whole, last) = (0.0, 0.0);
        for (var seed = 0; seed < 4; seed++)
        {
            whole += LastStarts(seed, 1);
            last += LastStarts(seed, parts);
        }
        Assert.InRange(last / whole, least, most);

        double LastStarts(int seed, int count)
        {
            var contest = new Contest(Gpus);
            Compete(contest, new Random(seed), TimeSpan.Zero, 1, count, minutes);
            contest.Play();
            return contest.Waits.Where(run => run.Key.Name[0] == 's').GroupBy(run => run.Key.Name.Split('-')[1])
                .Average(run => run.Max(part => part.Value.TotalMinutes));
        }
    }

    /// <summary>
    /// Four owners, the first of which splits its runs and states a multiple of the truth, at a load of 0.96; with a
    /// run every 36 minutes, of 0.75.
    /// </summary>
    private static void Compete(
        Contest contest, Random random, TimeSpan from, double factor, int parts = 1, double minutes = 28)
    {
        var at = from;
        for (var run = 0; run < 1200; run++)
        {
            at += TimeSpan.FromMinutes(-minutes * Math.Log(1 - random.NextDouble()));
            var (owner, takes) = (random.Next(4), Takes(random));
            if (owner > 0)
                Submit(contest, $"{owner}-{run}", $"o{owner}", at, takes, 1);
            for (var part = 0; owner == 0 && part < parts; part++)
                Submit(contest, $"s-{run}-{part}", "s", at, takes / parts, factor);
        }
    }

    private static TimeSpan Takes(Random random) =>
        TimeSpan.FromSeconds(Math.Round(600 * Math.Pow(100, random.NextDouble())));

    private static void Submit(
        Contest contest, string name, string owner, TimeSpan at, TimeSpan takes, double factor) =>
        contest.Submit(new Contest.Run(name, owner, 1, at, takes, takes * factor));

    /// <summary>One that has outlived its statement needs what such runs of its owner still took.</summary>
    [Fact]
    public void A_run_that_outlived_its_statement_is_estimated_by_those_that_did()
    {
        var history = new DurationHistory();
        for (var run = 0; run < 3; run++)
            history.Add("o", 1, TimeSpan.FromHours(3), TimeSpan.FromHours(1));
        Assert.Null(history.StillTook("o", TimeSpan.FromHours(1), TimeSpan.FromHours(2))); // Too few to tell.
        history.Add("o", 1, TimeSpan.FromHours(10), TimeSpan.FromHours(2));
        history.Add("o", 1, TimeSpan.FromHours(9), TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromHours(1), history.StillTook("o", TimeSpan.FromHours(1), TimeSpan.FromHours(2)));
        Assert.Equal(TimeSpan.FromHours(3), history.StillTook("o", TimeSpan.FromHours(3), TimeSpan.FromHours(6)));
        Assert.Null(history.StillTook("o", TimeSpan.FromHours(1), TimeSpan.FromHours(3)));
        Assert.Null(history.StillTook("other", TimeSpan.FromHours(1), TimeSpan.FromHours(2)));
    }

    [Fact]
    public void A_cancelled_run_teaches_nothing()
    {
        var bench = new LedgerBench();
        bench.Nodes(1, 8);
        for (var run = 0; run < 10; run++)
        {
            bench.Admit($"r{run}", "o", 1, demand => demand with { ExpectedDuration = TimeSpan.FromMinutes(1) });
            bench.Now += TimeSpan.FromHours(1);
            bench.Record(new LedgerEntry
            {
                At = bench.Now,
                Close = [new Closing(new RunKey("ns", $"r{run}"), LeaseEndReason.Cancelled)],
            });
        }
        Assert.Null(bench.State.Durations.FactorOf("o"));
        Assert.Equal(TimeSpan.FromMinutes(1), bench.State.Durations.Corrected("o", TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Extreme_statements_are_bounded()
    {
        var history = new DurationHistory();
        for (var run = 0; run < DurationHistory.Depth; run++)
            history.Add("o", 1, TimeSpan.FromDays(3650), TimeSpan.FromTicks(1));
        Assert.InRange(history.Corrected("o", TimeSpan.FromDays(3650)), TimeSpan.Zero, TimeSpan.FromDays(3650));
        Assert.InRange(history.Corrected("o", TimeSpan.FromTicks(1)), TimeSpan.FromTicks(1), TimeSpan.FromDays(3650));
    }
}
