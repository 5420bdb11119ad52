using System.Diagnostics;

namespace Jobtree.Execution.Processes;

/// <summary>A rank that was started, by this host or by one before it.</summary>
/// <param name="record">What identifies it.</param>
/// <param name="child">The process, when this host started it.</param>
/// <param name="pollInterval">How often it is looked at when this host did not.</param>
/// <param name="time">The clock.</param>
internal sealed class RankProcess(RankRecord record, Process? child, TimeSpan pollInterval, TimeProvider time)
    : IDisposable
{
    /// <summary>What identifies it.</summary>
    public RankRecord Record => record;

    private bool IsAlive => LinuxProcess.Stat(record.Pid) is { } stat && stat.StartTicks == record.StartTicks;

    /// <summary>Waits until its wrapper is gone.</summary>
    /// <param name="cancel">Ends the waiting; the process goes on.</param>
    public async Task WaitForEnd(CancellationToken cancel)
    {
        if (child is not null)
        {
            await child.WaitForExitAsync(cancel);
            return;
        }
        while (IsAlive)
            await Task.Delay(pollInterval, time, cancel);
    }

    /// <summary>Signals its whole process group, if its wrapper is still in it.</summary>
    /// <param name="signal">The signal's number.</param>
    public void SignalGroup(int signal)
    {
        if (IsAlive)
            LinuxProcess.Signal(-record.Pid, signal);
    }

    /// <summary>Lets go of it; it goes on.</summary>
    public void Dispose() => child?.Dispose();
}
