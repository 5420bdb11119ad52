using System.Diagnostics;
using System.Globalization;

namespace Jobtree.Silo.Chaos;

/// <summary>Rounds of faults and checks for as long as is asked, a line for each, and a summary.</summary>
internal static class ChaosSession
{
    /// <returns>0: nothing was found to be broken; 1: something was.</returns>
    public static async Task<int> Run(ChaosSettings settings, StopSignals stop)
    {
        var folder = settings.Folder ?? Directory.CreateTempSubdirectory("jobtree-chaos-").FullName;
        Directory.CreateDirectory(folder);
        await Say(
            $"{settings.Silos} silos and a Redis in {folder}, seed {settings.Seed}, {settings.Rate:0} submissions a " +
            $"second, {settings.Duration.TotalMinutes:0.#} minutes of faults.");
        var broken = 0;
        await using (var run = await ChaosRun.Start(folder, settings.Silos, settings.Seed, settings.Rate,
            isVaried: true, stop.AtOnce, settings.BreaksLinks))
        {
            await Rounds(run, settings, stop);
            if (run.Findings.Count == 0)
                await run.Empty(stop.AtOnce);
            await run.CheckAfresh();
            foreach (var line in Report.Summary(run))
                await Say(line);
            broken = run.Findings.Count;
            foreach (var finding in run.Findings.All)
                await Say($"BROKEN  {finding}");
        }
        await Say(broken == 0 ? "Nothing was lost, and nothing was done twice."
            : $"{broken} things are broken. Logs and Redis' file are in {folder}");
        if (broken == 0 && settings.Folder is null)
            Directory.Delete(folder, recursive: true);
        return broken == 0 ? 0 : 1;
    }

    private static async Task Rounds(ChaosRun run, ChaosSettings settings, StopSignals stop)
    {
        using var telling = stop.Enough.UnsafeRegister(static _ => Console.Out.WriteLine(
            "Stopping: no more faults, and what was done is checked. Once more ends at once."), null);
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
