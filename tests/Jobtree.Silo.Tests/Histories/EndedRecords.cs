using System.Globalization;
using System.Text;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;

namespace Jobtree.Silo.Tests.Histories;

/// <summary>Records of runs that ended.</summary>
internal static class EndedRecords
{
    public static readonly DateTimeOffset Began = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Names beside those that manifests allow: what comes into a statement as text would break it.</summary>
    private static readonly string[] Names = ["train", "train-1", "train.1", "tr%", "tr_in", "o'neil", "\"q\"", "x:y"];

    private static readonly string[] Namespaces = ["default", "ai", "ai-2", "a'; DROP TABLE ended_run; --"];

    public static readonly string[] Owners =
        ["org", "org:ai", "org:ai:rai", "org:air", "org:a%", "org:a_", "org:o'neil", "lab", "lab:\"q\""];

    public static readonly string[] Flavors = ["H100", "A100", "L4'"];

    /// <summary>A run that completed.</summary>
    /// <param name="name">Its name, with or without namespace.</param>
    /// <param name="ended">Seconds from the beginning to its end.</param>
    /// <param name="submitted">Seconds from the beginning to its submission.</param>
    public static RunRecord Run(string name, double ended = 60, double submitted = 0) => new()
    {
        Key = RunKey.Parse(name.Contains('/', StringComparison.Ordinal) ? name : $"default/{name}"),
        Version = 7,
        Spec = new RunSpec { Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } },
        Owner = "org:ai",
        SubmitOperation = $"submit-{name}",
        Phase = RunPhase.Completed,
        IsDecided = true,
        Reason = "Completed",
        SubmittedAt = Began + TimeSpan.FromSeconds(submitted),
        StartedAt = Began + TimeSpan.FromSeconds(submitted),
        PhaseSince = Began + TimeSpan.FromSeconds(ended),
        FinishedAt = Began + TimeSpan.FromSeconds(ended),
    };

    /// <summary>
    /// Submissions of few names, each of its own time, with few owners and many that ended at the same instant.
    /// </summary>
    public static IReadOnlyList<RunRecord> Random(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => Run(
            $"{random.GetItems(Namespaces, 1)[0]}/{random.GetItems(Names, 1)[0]}", random.Next(20), i) with
        {
            Version = random.Next(1, 40),
            Owner = random.GetItems(Owners, 1)[0],
            Spec = new RunSpec
            {
                Resources = new Resources { GpuType = random.GetItems(Flavors, 1)[0], TotalGPUs = random.Next(1, 64) },
            },
            Phase = random.Next(3) == 0 ? RunPhase.Failed : RunPhase.Completed,
            IsRefused = random.Next(8) == 0,
            Message = random.Next(2) == 0 ? "It's 100% \"done\"." : null,
            SubmittedBy = random.Next(2) == 0 ? "ann" : null,
        })];
    }

    /// <summary>All of a record, to compare.</summary>
    public static string Text(this RunRecord run) =>
        $"{run.Key} {Encoding.UTF8.GetString(((IRestingState)run).ToSnapshot().Span)}";

    public static IEnumerable<string> Texts(this IEnumerable<RunRecord> runs) => runs.Select(Text);

    public static string Number(int number) => number.ToString("D6", CultureInfo.InvariantCulture);
}
