using System.Globalization;
using Jobtree.Core.Model;

namespace Jobtree.Silo.Demo;

/// <summary>
/// What a day brings: every run with its fate, and what happens to nodes. It is a function of the seed alone. What the
/// fleet does with it depends on the instants at which requests arrive, so two days of one seed are alike, not equal.
/// </summary>
/// <param name="Runs">The runs, by time.</param>
/// <param name="Events">What else happens, by time.</param>
internal sealed record DayPlan(IReadOnlyList<DayRun> Runs, IReadOnlyList<DayEvent> Events)
{
    /// <summary>The time of day at which it begins: early, so that work comes soon.</summary>
    public static TimeSpan Begins { get; } = TimeSpan.FromHours(6);

    /// <summary>How long the day is.</summary>
    public static TimeSpan Length { get; } = TimeSpan.FromHours(24);

    private const double FailurePart = 0.07;
    private const double CancelPart = 0.04;
    private const double UndeclaredPart = 0.15;
    private const double BurstHours = 3;
    private const string Hopper = "H100-80GB";
    private const string Ampere = "A100-40GB";

    private static readonly TimeSpan ShortestRun = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestRun = TimeSpan.FromHours(12);
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    private static readonly IReadOnlyList<DayTeam> Teams =
    [
        new("vision", "train", "org:lab:vision", Hopper, 2, 1.6)
        {
            Widths = [8, 8, 16], GroupGpus = 8, Trains = true, BurstHour = 10,
        },
        new("vision", "eval", "org:lab:vision", Hopper, 5, 0.3) { Widths = [1, 2], BurstHour = 14 },
        new("vision", "classify", "org:lab:vision", Ampere, 0.4, 0.8) { Widths = [16], Trains = true },
        new("speech", "asr", "org:lab:speech", Hopper, 1.4, 1.4) { Widths = [8], GroupGpus = 8, Trains = true },
        // Few enough to start at once beside the long run: a forecast that they proved wrong would be learned from.
        new("speech", "tts", "org:lab:speech", Ampere, 2, 0.7) { Widths = [1, 2], Trains = true },
        new("language", "pretrain", "org:lab:language", Hopper, 0.4, 3)
        {
            Widths = [16, 32], GroupGpus = 16, Trains = true,
        },
        new("partner", "transfer", "org:partner", Hopper, 1, 1)
        {
            Widths = [4, 8], Sponsor = "org:lab:speech", Trains = true,
        },
        new("guest", "sweep", "org:guest", Hopper, 7, 1.5) { Widths = [1, 2, 4], RoundTheClock = true },
        new("dev", "notebook", "org:lab:dev", "L4-24GB", 5, 1) { Widths = [1, 1, 2] },
        new("interns", "render", "org:lab:interns", "L4-24GB", 2, 2) { Widths = [1, 2], RoundTheClock = true },
    ];

    private static readonly DayTeam Corpus =
        new("language", "corpus", "org:lab:language", Ampere, 0, 0) { Trains = true };

    private static readonly IReadOnlyList<string> Pages =
    [
        "v1/runs?limit=100", "v1/flavors", "v1/nodes", "v1/budgets/usage", "v1/reservations", "v1/leases?limit=100",
    ];

    private static readonly IReadOnlyList<(string Path, string? Body)> Mistakes =
    [
        ("v1/runs/vision/not-there", null),
        ("v1/nodes/h100-z9", null),
        ("v1/runs?phase=asleep", null),
        ("v1/runs?colour=blue", null),
        ("v1/runs", """{"apiVersion":"jobtree.dev/v1","kind":"Run","metadata":{"name":"no-gpus"},"spec":{}}"""),
        ("v1/runs/guest/not-there/cancel", ""),
    ];

    /// <summary>Plans a day.</summary>
    /// <param name="seed">The seed: the same one, the same plan.</param>
    /// <param name="day">The number of the day, from 1; names of runs have it.</param>
    public static DayPlan Of(int seed, int day = 1)
    {
        var random = new Random(unchecked((seed * 1_000_003) + day));
        var runs = Teams.SelectMany(team => Submissions(random, team)).Append(LongRun()).ToList();
        runs.Sort(static (one, other) => one.At.CompareTo(other.At));
        return new DayPlan(
            [
                .. runs.Select((run, index) => run with
                {
                    Name = string.Create(CultureInfo.InvariantCulture, $"{run.Name}-{day}{index + 1:000}"),
                }),
            ],
            [.. NodeTroubles().Concat<DayEvent>(Requests(random)).OrderBy(happening => happening.At)]);
    }

    /// <summary>
    /// Fills three of the four A100 nodes for a week from the beginning on, so that a wide run behind it holds a
    /// reservation all day, with a backlog that is longer than the day.
    /// </summary>
    private static DayRun LongRun() =>
        new(TimeSpan.FromMinutes(10), Corpus, Corpus.Kind, 24, TimeSpan.FromDays(7))
        {
            GroupGpus = 8, Declares = TimeSpan.FromDays(7), Epochs = 200,
        };

    private static IEnumerable<DayRun> Submissions(Random random, DayTeam team)
    {
        for (var at = TimeSpan.Zero; at < Length; at += Step)
        {
            if (random.NextDouble() < Rate(team, at) * Step.TotalHours)
                yield return Submission(random, team, at + (Step * random.NextDouble()));
        }
    }

    /// <summary>How many runs an hour a team submits so long after the day began.</summary>
    private static double Rate(DayTeam team, TimeSpan at)
    {
        var hour = (Begins + at).TotalHours % Length.TotalHours;
        var full = team.RoundTheClock ? 1 : hour switch
        {
            < 7 or >= 22 => 0.1,
            < 9 or >= 19 => 0.5,
            _ => 1,
        };
        return team.PerHour * (full + (team.BurstHour == (int)hour ? BurstHours : 0));
    }

    private static DayRun Submission(Random random, DayTeam team, TimeSpan at)
    {
        var gpus = team.Widths[random.Next(team.Widths.Count)];
        var hours = team.MedianHours * Math.Exp(0.8 * Normal(random));
        var lasts = TimeSpan.FromHours(Math.Clamp(hours, ShortestRun.TotalHours, LongestRun.TotalHours));
        // Declared is what must not be exceeded, so most declare too much.
        var declared = lasts * (1 + (0.6 * random.NextDouble()));
        var fate = random.NextDouble();
        return new DayRun(at, team, team.Kind, gpus, lasts)
        {
            GroupGpus = team.GroupGpus <= gpus ? team.GroupGpus : null,
            Spares = team.Kind == "train" && random.Next(3) == 0 ? 1 : 0,
            Declares = random.NextDouble() < UndeclaredPart ? null : declared,
            FailsAt = fate < FailurePart ? random.NextDouble() : null,
            CancelledAfter = fate > 1 - CancelPart ? lasts * random.NextDouble() : null,
            Epochs = team.Trains ? random.Next(10, 60) : 0,
        };
    }

    private static IEnumerable<NodeEvent> NodeTroubles()
    {
        static TimeSpan At(double hour) => TimeSpan.FromHours(hour) - Begins;
        return
        [
            new(At(8), "l4-3", NodeState.Cordoned, "a new driver"),
            new(At(9.5), "l4-3", NodeState.Ready, "the new driver works"),
            new(At(11), "h100-b4", NodeState.Cordoned, "uncorrectable memory errors of one GPU"),
            new(At(13), "h100-b4", NodeState.Fenced, "the node was switched off for repair"),
            new(At(19), "h100-b4", NodeState.Ready, "repaired and tested"),
            new(At(16), "a100-4", NodeState.Cordoned, "a fan is loud"),
            new(At(21), "a100-4", NodeState.Ready, "the fan was replaced"),
        ];
    }

    private static IEnumerable<DayEvent> Requests(Random random)
    {
        for (var at = TimeSpan.Zero; at < Length; at += TimeSpan.FromMinutes(5))
            yield return new ReadEvent(at, Pages[random.Next(Pages.Count)]);
        for (var at = TimeSpan.FromMinutes(20); at < Length; at += TimeSpan.FromMinutes(30))
        {
            var (path, body) = Mistakes[random.Next(Mistakes.Count)];
            yield return new MistakeEvent(at, path, body);
        }
    }

    /// <summary>A number of the standard normal distribution, by Box and Muller.</summary>
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
