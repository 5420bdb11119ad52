using System.Diagnostics;
using System.Globalization;
using Jobtree.Silo.Chaos.Measuring;

namespace Jobtree.Silo.Chaos;

/// <summary>What a chaos test says about itself.</summary>
internal static class Report
{
    /// <summary>The counts now.</summary>
    public static RoundMark Mark(ChaosRun run) => new(
        Stopwatch.GetTimestamp(), run.Book.Count, run.Book.Ended, run.Failovers.Admissions, run.Journals.Entries,
            run.Cluster.Silos.Sum(silo => silo.Starts));

    /// <summary>One line about a round.</summary>
    public static string Round(int number, ChaosRun run, RoundMark before)
    {
        var now = Mark(run);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"round {number,3}  {Stopwatch.GetElapsedTime(before.At).TotalSeconds,4:0} s  " +
            $"{now.Submitted - before.Submitted,6} submitted {now.Ended - before.Ended,6} ended {run.OpenRuns,5} " +
            $"open {now.Entries - before.Entries,7} entries {now.Starts - before.Starts,2} silo starts  " +
            $"{(run.Findings.Count == 0 ? "whole" : $"{run.Findings.Count} BROKEN")}");
    }

    /// <summary>What it all came to.</summary>
    public static IEnumerable<string> Summary(ChaosRun run)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Book.Count} runs submitted; {run.Failovers.Admissions} bound at once, {run.Journals.Attempts} " +
            $"attempts, {run.Book.Ended} ends; {run.Journals.Entries} ledger entries read.");
        var faults = run.Faults.Done.OrderBy(fault => fault.Key).Select(fault => $"{fault.Key} {fault.Value}");
        yield return $"Faults: {string.Join(", ", faults)}; " +
            $"{run.Cluster.Silos.Sum(silo => silo.Starts)} silo processes.";
        var changes = run.FleetFaults.Done.OrderBy(fault => fault.Key).Select(fault => $"{fault.Key} {fault.Value}");
        yield return $"In the fleet: {string.Join(", ", changes)}.";
        var (actions, moves) = (run.Journals.Actions, run.Journals.PromiseMoves);
        yield return $"{run.Journals.Reclaimed} runs cut for others, lots drawn {actions.Drawn} times, " +
            $"{actions.Swapped} spares swapped in, {actions.Grown} growths, {actions.Shrunk} shrinkings " +
            $"({actions.Yielded} for another run), spares dropped {actions.SparesDropped} times, " +
            $"{moves} promises moved.";
        yield return $"{run.Faults.DeclaredDead} paused silos were declared dead before they went on; the store " +
            $"refused records of {run.Refused} activations that another had followed.";
        var repeated = run.Unknowns.OrderByDescending(unknown => unknown.Value)
            .Select(unknown => $"{unknown.Value} × {unknown.Key}");
        yield return $"Requests without an outcome, repeated: {string.Join(", ", repeated)}.";
        foreach (var (fault, times) in run.Failovers.Measured.OrderBy(pair => pair.Key))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"From {fault} of a flavor's silo to the flavor's next admission: median " +
                $"{times[times.Count / 2].TotalSeconds:0.0} s, max {times[^1].TotalSeconds:0.0} s, of {times.Count}.");
        }
    }
}
