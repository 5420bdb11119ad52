using System.Diagnostics;
using System.Globalization;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.OneMachine;

/// <summary>Rounds of faults of a silo and its disk for as long as is asked, a line for each, and a summary.</summary>
internal static class OneMachineSession
{
    private static readonly MachineFaultKind[] Always =
        [MachineFaultKind.Kill, MachineFaultKind.Kill, MachineFaultKind.Stop, MachineFaultKind.FloodMemory];

    /// <summary>Plays it in a folder.</summary>
    /// <param name="folder">Where everything is kept.</param>
    /// <param name="settings">What is to be done.</param>
    /// <param name="stop">Ends the faults, or everything.</param>
    /// <returns>What was found to be broken.</returns>
    public static async Task<IReadOnlyList<string>> Play(string folder, ChaosSettings settings, StopSignals stop)
    {
        var kinds = Always.ToList();
        if (Strace.WhatIsMissing() is { } cannotTrace)
            await Console.Out.WriteLineAsync($"Left out: calls that fail. {cannotTrace}");
        else
            kinds.AddRange([MachineFaultKind.FailFlush, MachineFaultKind.FailFlush, MachineFaultKind.FailWrite]);
        if (SmallDisk.WhatIsMissing() is { } cannotMount)
            await Console.Out.WriteLineAsync($"Left out: a full disk. {cannotMount}");
        else
            kinds.AddRange([MachineFaultKind.FillDisk, MachineFaultKind.FillDisk]);
        await using var run = await OneMachineRun.Start(folder, settings, kinds, stop.AtOnce);
        // What mends faults may take a while: it is not waited for, and finds its silo gone.
        await Rounds(run, settings, stop).WaitAsync(stop.AtOnce);
        foreach (var line in Summary(run))
            await Console.Out.WriteLineAsync(line);
        return [.. run.Findings.All];
    }

    private static async Task Rounds(OneMachineRun run, ChaosSettings settings, StopSignals stop)
    {
        var faulty = TimeSpan.Zero;
        for (var round = 1; faulty < settings.Duration && !stop.Enough.IsCancellationRequested
            && run.Findings.Count == 0; round++)
        {
            var time = settings.Duration - faulty < settings.Round ? settings.Duration - faulty : settings.Round;
            var (began, submitted, ended, starts) =
                (Stopwatch.GetTimestamp(), run.Book.Count, run.Book.Ended, run.Starts);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop.Enough, stop.AtOnce);
            over.CancelAfter(time);
            await run.Round(over.Token, stop.AtOnce);
            faulty += time;
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"round {round,3}  {Stopwatch.GetElapsedTime(began).TotalSeconds,4:0} s  "
                + $"{run.Book.Count - submitted,6} submitted {run.Book.Ended - ended,6} ended "
                + $"{run.Check.Records,7} records {run.Starts - starts,2} silo starts  "
                + $"{(run.Findings.Count == 0 ? "whole" : $"{run.Findings.Count} BROKEN")}"));
        }
    }

    private static IEnumerable<string> Summary(OneMachineRun run)
    {
        yield return $"{run.Book.Count} runs submitted, {run.Book.Ended} ends; {run.Check.Records} records read.";
        var faults = run.Faults.Done.OrderBy(fault => fault.Key).Select(fault => $"{fault.Key} {fault.Value}");
        yield return $"Faults: {string.Join(", ", faults)}; {run.Starts} silo processes.";
        var repeated = run.Unknowns.OrderByDescending(unknown => unknown.Value)
            .Select(unknown => $"{unknown.Value} × {unknown.Key}");
        yield return $"Requests without an outcome, repeated: {string.Join(", ", repeated)}.";
    }
}
