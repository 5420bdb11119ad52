using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests;

/// <summary>The real trace, which not every machine has.</summary>
internal static class PhillyTrace
{
    private const string InShared = "shared/data/philly/jobs.csv.gz";

    /// <summary>Reads the trace; skips the test that asks, with the reason, where it is not at hand.</summary>
    public static JobTrace Read()
    {
        var path = Find();
        Assert.SkipWhen(path is null, $"The Philly trace is not at hand ({InShared} beside the repository or " +
            $"above it).");
        return TraceReader.Read(path);
    }

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
