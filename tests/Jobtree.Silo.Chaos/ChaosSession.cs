using System.Diagnostics;
using System.Globalization;
using Jobtree.Silo.Chaos.OneMachine;

namespace Jobtree.Silo.Chaos;

/// <summary>Rounds of faults and checks for as long as is asked, a line for each, and a summary.</summary>
internal static class ChaosSession
{
    private const int EndedAtOnce = 130;

    /// <summary>Every so many rounds Redis loses something: everything is read again then.</summary>
    private const int RoundsBetweenLosses = 3;

    /// <returns>0: nothing was found to be broken; 1: something was; 130: it was ended before it was checked.</returns>
    public static async Task<int> Run(ChaosSettings settings, StopSignals stop)
    {
        var folder = settings.Folder ?? Directory.CreateTempSubdirectory("jobtree-chaos-").FullName;
        Directory.CreateDirectory(folder);
        var what = settings.IsOneMachine ? "A silo and its disk" : $"{settings.Silos} silos and a Redis";
        var which = settings.IsOneMachine ? "" : $": {string.Join(", ", settings.Faults.Select(group => group.Name))}";
        await Say($"{what} in {folder}, seed {settings.Seed}, {settings.Rate:0} submissions a second, "
            + $"{settings.Duration.TotalMinutes:0.#} minutes of faults{which}.");
        using var telling = stop.Enough.UnsafeRegister(static _ => Console.Out.WriteLine(
            "Stopping: no more faults, and what was done is checked. Once more ends at once."), null);
        try
        {
            var findings = settings.IsOneMachine ? await OneMachineSession.Play(folder, settings, stop)
                : await Play(folder, settings, stop);
            foreach (var finding in findings)
                await Say($"BROKEN  {finding}");
            if (findings.Count > 0)
            {
                await Say($"{findings.Count} things are broken. Logs and what was stored are in {folder}");
                return 1;
            }
        }
        catch (OperationCanceledException) when (stop.AtOnce.IsCancellationRequested)
        {
            await Say($"Ended at once, before all was checked. Logs and what was stored are in {folder}");
            return EndedAtOnce;
        }
        await Say("Nothing was lost, and nothing was done twice.");
        if (settings.Folder is null)
            Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static async Task<IReadOnlyList<string>> Play(string folder, ChaosSettings settings, StopSignals stop)
    {
        await using var run = await ChaosRun.Start(folder, settings.Silos, settings.Seed, settings.Rate,
            isVaried: true, stop.AtOnce, settings.Faults);
        // What mends faults may take minutes: it is not waited for, and finds its silos gone.
        await Play(run, settings, stop).WaitAsync(stop.AtOnce);
        return [.. run.Findings.All];
    }

    private static async Task Play(ChaosRun run, ChaosSettings settings, StopSignals stop)
    {
        await Rounds(run, settings, stop);
        if (run.Findings.Count == 0)
            await run.Empty(stop.AtOnce);
        await run.CheckAfresh();
        foreach (var line in Report.Summary(run))
            await Say(line);
    }

    private static async Task Rounds(ChaosRun run, ChaosSettings settings, StopSignals stop)
    {
        var faulty = TimeSpan.Zero;
        for (var round = 1; faulty < settings.Duration && !stop.Enough.IsCancellationRequested; round++)
        {
            var time = settings.Duration - faulty < settings.Round ? settings.Duration - faulty : settings.Round;
            var before = Report.Mark(run);
            await run.Round(
                async cancelled =>
                {
                    using var over = CancellationTokenSource.CreateLinkedTokenSource(cancelled, stop.Enough);
                    over.CancelAfter(time);
                    await Task.WhenAll(run.Faults.Run(over.Token), run.FleetFaults.Run(over.Token));
                    if (run.TailLoss is not { } loss || round % RoundsBetweenLosses != 1)
                        return;
                    await run.Healthy(cancelled);
                    if (run.Findings.Count == 0 && !stop.Enough.IsCancellationRequested)
                        await loss.Strike(cancelled);
                },
                stop.AtOnce);
            faulty += time;
            await Say(Report.Round(round, run, before));
            // What was lost once is missing in every later check too: one report is enough.
            if (run.Findings.Count > 0)
                return;
        }
    }

    private static Task Say(FormattableString line) =>
        Console.Out.WriteLineAsync(line.ToString(CultureInfo.InvariantCulture));

    private static Task Say(string line) => Console.Out.WriteLineAsync(line);
}
