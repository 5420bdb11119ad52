using System.Globalization;

namespace Jobtree.Silo.Demo;

/// <summary>
/// What the workloads of the day print, in files as the process executor writes them:
/// <c>NAMESPACE/NAME/ATTEMPT/rank-0.out</c>. A collector can follow it there.
/// </summary>
/// <param name="folder">The folder; absent: nothing is written.</param>
internal sealed class WorkloadOutput(string? folder)
{
    private readonly Lock gate = new();

    /// <summary>Appends what a workload prints.</summary>
    /// <param name="run">Its run.</param>
    /// <param name="attempt">The number of its start.</param>
    /// <param name="lines">The lines, each with its end.</param>
    /// <param name="isError">Whether they go to its standard error.</param>
    public void Print(DayRun run, int attempt, string lines, bool isError = false)
    {
        if (folder is null)
            return;
        var attemptFolder = Path.Combine(
            folder, run.Team.Namespace, run.Name, attempt.ToString(CultureInfo.InvariantCulture));
        lock (gate)
        {
            Directory.CreateDirectory(attemptFolder);
            File.AppendAllText(Path.Combine(attemptFolder, isError ? "rank-0.err" : "rank-0.out"), lines);
        }
    }
}
