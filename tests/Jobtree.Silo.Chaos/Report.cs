using System.Diagnostics;
using System.Globalization;
using Jobtree.Core.Model;
using Jobtree.Silo.Chaos.Faults;
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

    /// <summary>What became of running and of waiting runs, and what of it never happened.</summary>
    private static IEnumerable<string> Happened(ChaosRun run)
    {
        var (actions, cuts) = (run.Journals.Actions, run.Journals.Cuts);
        long Whole(LeaseEndReason reason) => cuts.Whole.GetValueOrDefault((reason, true))
            + cuts.Whole.GetValueOrDefault((reason, false));
        long Part(LeaseEndReason reason) => cuts.Parts.GetValueOrDefault(reason);
        var requeued = cuts.Whole.GetValueOrDefault((LeaseEndReason.NodeFailure, true));
        (string What, long Times)[] counts =
        [
            ("cuts of unfunded work", Whole(LeaseEndReason.ReclaimUnfunded)),
            ("lotteries", cuts.Lotteries), ("runs drawn by them", Whole(LeaseEndReason.RandomPreempt)),
            ("runs requeued by a failed node", requeued),
            ("runs failed by one", Whole(LeaseEndReason.NodeFailure) - requeued),
            ("swaps", actions.Swapped), ("fillers cut whole by a spare", Whole(LeaseEndReason.ReclaimedBySpare)),
            ("fillers cut in part by a spare", Part(LeaseEndReason.ReclaimedBySpare)),
            ("growths", actions.Grown), ("shrinkings", actions.Shrunk), ("of them for another run", actions.Yielded),
            ("commands to shrink", run.Meddler.Shrinks), ("spares dropped", actions.SparesDropped),
            ("attempts after a cut", cuts.Comebacks), ("holds", run.Meddler.Holds),
            ("runs that left the queue for one", cuts.Withdrawn), ("releases", run.Meddler.Releases),
            ("promises moved", run.Journals.PromiseMoves),
        ];
        yield return $"Happened: {string.Join(", ", counts.Select(count => $"{count.Times} {count.What}"))}.";
        if (counts.Where(count => count.Times == 0).Select(count => count.What).ToArray() is { Length: > 0 } never)
            yield return $"Not exercised: {string.Join(", ", never)}.";
        if (run is { OpenRuns: > 0, Findings.Count: 0 })
            yield return $"{run.OpenRuns} runs wait on: they were cut too often to come back yet, or follow such runs.";
    }

    /// <summary>What it all came to.</summary>
    public static IEnumerable<string> Summary(ChaosRun run)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Book.Count} runs submitted; {run.Failovers.Admissions} bound at once, {run.Journals.Attempts} " +
            $"attempts, {run.Book.Ended} ends; {run.Journals.Entries} ledger entries read.");
        var faults = run.Faults.Done.OrderBy(fault => fault.Key).Select(fault => $"{fault.Key} {fault.Value}");
        if (run.TailLoss is { } loss)
            faults = faults.Append($"{FaultKind.LoseTail} {loss.Losses} (of records of {loss.RunsLost} runs)");
        yield return $"Faults: {string.Join(", ", faults)}; " +
            $"{run.Cluster.Silos.Sum(silo => silo.Starts)} silo processes.";
        var changes = run.FleetFaults.Done.OrderBy(fault => fault.Key).Select(fault => $"{fault.Key} {fault.Value}");
        yield return $"In the fleet: {string.Join(", ", changes)}.";
        foreach (var line in Happened(run))
            yield return line;
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
