using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Tests;

/// <summary>Launches for tests.</summary>
internal static class Launches
{
    public static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Launch Of(string name, params string[] command) => Of(name, ["node-a#0-7"], command);

    public static Launch Of(string name, string[] slots, string[] command, int attempt = 1,
        Dictionary<string, string>? env = null, DateTimeOffset? startedAt = null) => new(
        new RunKey("team", name),
        attempt,
        new RunSpec { Resources = new Resources { GpuType = "h100", TotalGPUs = 8 },
            Workload = new Workload { Command = command, Env = env } },
        [.. slots.Select((s, i) => LeaseOf(name, i, s))],
        startedAt ?? Epoch.AddMinutes(attempt));

    public static Launch Lasting(string name, TimeSpan? duration, DateTimeOffset startedAt, int attempt = 1) => new(
        new RunKey("team", name),
        attempt,
        new RunSpec { Resources = new Resources { GpuType = "h100", TotalGPUs = 1 },
            Runtime = new RuntimeHints { ExpectedDuration = duration } },
        [],
        startedAt);

    public static Lease LeaseOf(string name, int id, string slots, int group = 0, LeaseRole role = LeaseRole.Active) =>
        new()
    {
        Id = id + 1,
        Run = new RunKey("team", name),
        Group = group,
        Slots = [NodeSlots.Parse(slots)],
        Role = role,
        Start = Epoch,
    };

    public static ExecutionStop StopOf(Launch launch) => new(launch.Run, launch.Attempt, LeaseEndReason.Cancelled);
}
