namespace Jobtree.Simulation.Tests;

/// <summary>A fact over the real trace; skipped, with the reason, where the trace is not at hand.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PhillyFactAttribute : FactAttribute
{
    private const string InShared = "shared/data/philly/jobs.csv.gz";

    public PhillyFactAttribute()
    {
        if (TracePath is null)
            Skip = $"The Philly trace is not at hand ({InShared} beside the repository or above it).";
    }

    public static string? TracePath { get; } = Find();

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, InShared);
            if (File.Exists(path))
                return path;
        }

        return null;
    }
}
