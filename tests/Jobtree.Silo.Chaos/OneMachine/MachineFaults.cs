using System.Collections.Concurrent;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Faults;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.OneMachine;

/// <summary>
/// Kills and stops a silo that keeps its journal on a disk, has the disk fail below it, and fills its memory, one thing
/// after the other. A silo whose disk fails ends; whenever it has ended it is started again.
/// </summary>
/// <param name="silo">The silo.</param>
/// <param name="disk">Its disk.</param>
/// <param name="flood">Fills its memory.</param>
/// <param name="kinds">What is drawn from.</param>
/// <param name="findings">Told of what does not become of a fault that should.</param>
/// <param name="seed">Draws.</param>
/// <param name="log">Told of each fault.</param>
internal sealed class MachineFaults(SiloProcess silo, SmallDisk? disk, MemoryFlood flood,
    IReadOnlyList<MachineFaultKind> kinds, Findings findings, int seed, TextWriter log)
{
    /// <summary>How long a silo under load may take to find that its disk fails, and to end.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(60);

    private readonly Random random = new(seed);
    private readonly ConcurrentDictionary<MachineFaultKind, int> done = [];

    /// <summary>How often each was done.</summary>
    public IReadOnlyDictionary<MachineFaultKind, int> Done => done;

    /// <summary>Strikes every few seconds until told to stop; nothing is broken then.</summary>
    public async Task Run(Func<CancellationToken, Task> untilReady, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(2 + random.Next(5)), stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                return;
            var (kind, time) = (kinds[random.Next(kinds.Count)], TimeSpan.FromMilliseconds(500 + random.Next(4500)));
            done.AddOrUpdate(kind, 1, static (_, count) => count + 1);
            await log.WriteLineAsync($"{DateTime.UtcNow:HH:mm:ss.fff} {kind} for {time.TotalSeconds:0.0} s");
            await Strike(kind, time);
            // Without a silo that works the next fault would be none.
            await untilReady(CancellationToken.None);
        }
    }

    private Task Strike(MachineFaultKind kind, TimeSpan time) => kind switch
    {
        MachineFaultKind.Kill => silo.Kill(time),
        MachineFaultKind.Stop => Stop(),
        MachineFaultKind.FailFlush => Fail("fsync,fdatasync", "EIO"),
        MachineFaultKind.FailWrite => Fail("pwrite64", "ENOSPC"),
        MachineFaultKind.FillDisk => Fill(time),
        _ => flood.Strike(CancellationToken.None),
    };

    private async Task Stop()
    {
        var starts = silo.Starts;
        await silo.Stop();
        await HasEnded(starts);
        if (silo.ExitCode != 0)
            findings.Add($"The silo was asked to stop, and ended with code {silo.ExitCode}.");
    }

    private async Task Fail(string calls, string error)
    {
        var (starts, process) = (silo.Starts, silo.Id);
        var segment = Directory.EnumerateFiles(Path.Combine(silo.Data, "journal"), "*.log").Max()!;
        using (Strace.Fail(process, segment, calls, error))
            await Ends(starts, $"{calls} failed with {error}");
    }

    private async Task Fill(TimeSpan time)
    {
        var starts = silo.Starts;
        disk!.Fill();
        await Ends(starts, "The disk was full");
        await Task.Delay(time);
        disk.Clear();
    }

    private async Task Ends(int starts, string why)
    {
        if (!await HasEnded(starts))
            findings.Add($"{why}, and {EndPatience.TotalSeconds:0} s later the silo had not ended.");
        else if (silo.ExitCode != 1)
            findings.Add($"{why}, and the silo ended with code {silo.ExitCode}.");
    }

    private Task<bool> HasEnded(int starts) =>
        Patience.Within(EndPatience, () => Task.FromResult(silo.Starts > starts || silo.Id == 0));
}
