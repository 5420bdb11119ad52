using System.Diagnostics;

namespace Jobtree.Execution.Processes;

/// <summary>A started rank, of this host or an earlier one.</summary>
/// <param name="record">The rank's identity.</param>
/// <param name="child">The process, if this host started it.</param>
/// <param name="pollInterval">How often to poll a process that this host did not start.</param>
/// <param name="time">The clock.</param>
internal sealed class RankProcess(RankRecord record, Process? child, TimeSpan pollInterval, TimeProvider time)
    : IDisposable
{
    /// <summary>The rank's identity.</summary>
    public RankRecord Record => record;

    private bool IsAlive => LinuxProcess.Stat(record.Pid) is { } stat && stat.StartTicks == record.StartTicks;

    /// <summary>Waits until the wrapper has ended.</summary>
    /// <param name="cancel">Cancels the wait; the process keeps running.</param>
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

    /// <summary>Signals the whole process group, if its wrapper still exists.</summary>
    /// <param name="signal">The signal's number.</param>
    public void SignalGroup(int signal)
    {
        if (IsAlive)
            LinuxProcess.Signal(-record.Pid, signal);
    }

    /// <summary>Detaches from the process, which keeps running.</summary>
    public void Dispose() => child?.Dispose();
}
