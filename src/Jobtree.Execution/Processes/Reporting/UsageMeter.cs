using System.Numerics;
using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes.Reporting;

/// <summary>
/// Measures what running attempts use of this machine, and how busy the machine is. All nodes on which ranks run here
/// are this machine, so they share its values.
/// </summary>
/// <param name="options">The program that reads GPUs.</param>
/// <param name="time">The clock.</param>
internal sealed class UsageMeter(ProcessExecutorOptions options, TimeProvider time)
{
    /// <summary>The most nodes whose usage is reported.</summary>
    private const int NodesMax = 64;

    private readonly MachineUsage machine = new();
    private readonly SessionUsage sessions = new(time);
    private readonly GpuMonitor monitor = new(options.GpuProgram, time);
    // Nodes stay in it when their ranks have ended: that they are idle is worth knowing too.
    private readonly HashSet<string> nodes = new(StringComparer.Ordinal);

    /// <summary>Measures once; processor use is over the time since the last call.</summary>
    /// <param name="attempts">The running attempts.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<(IReadOnlyList<(RunKey Run, WorkloadReport Report)> Runs,
        IReadOnlyList<(string Node, NodeUsage Usage)> Nodes)> Measure(
        IReadOnlyList<RunningAttempt> attempts, CancellationToken cancel)
    {
        foreach (var node in attempts.SelectMany(attempt => attempt.Ranks).Select(rank => rank.Slots.Node))
        {
            if (nodes.Count < NodesMax)
                nodes.Add(node);
        }
        var cpu = machine.Cpu();
        if (nodes.Count == 0)
            return ([], []);
        var gpus = await monitor.Read(cancel);
        var used = sessions.Measure(
            attempts.SelectMany(attempt => attempt.Processes).Select(rank => rank.Pid).ToHashSet());
        var whole = new NodeUsage(Mean(gpus), cpu, MachineUsage.Memory());
        return ([.. attempts.Select(attempt => (attempt.Id.Run, Report(attempt, gpus, used)))
                .Where(run => run.Item2.Errors(time.GetUtcNow()).Count == 0)],
            whole.Errors().Count > 0 ? [] : [.. nodes.Select(node => (node, whole))]);
    }

    private static WorkloadReport Report(RunningAttempt attempt, IReadOnlyList<GpuReading> gpus,
        IReadOnlyDictionary<int, (double? Cores, double MemoryBytes)> used)
    {
        var mask = attempt.Ranks.Aggregate(0UL, (all, rank) => all | rank.Slots.Mask);
        var own = gpus.Where((_, ordinal) => ordinal < 64 && (mask >> ordinal & 1) != 0).ToList();
        var processes = attempt.Processes.Where(rank => used.ContainsKey(rank.Pid)).Select(rank => used[rank.Pid])
            .ToList();
        // Without each of the run's GPUs the values would mislead.
        var isWhole = own.Count == BitOperations.PopCount(mask);
        return new WorkloadReport
        {
            Attempt = attempt.Id.Attempt,
            IsMeasured = true,
            GpuUtilization = isWhole ? Mean(own) : null,
            GpuMemoryBytes = isWhole && own.Any(gpu => gpu.MemoryUsedBytes is not null)
                ? own.Sum(gpu => gpu.MemoryUsedBytes) : null,
            CpuCores = processes.Any(process => process.Cores is not null)
                ? processes.Sum(process => process.Cores) : null,
            MemoryBytes = processes.Count > 0 ? processes.Sum(process => process.MemoryBytes) : null,
        };
    }

    private static double? Mean(IReadOnlyList<GpuReading> gpus) => gpus.Average(gpu => gpu.Utilization);
}
