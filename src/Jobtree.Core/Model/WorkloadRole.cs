namespace Jobtree.Core.Model;

/// <summary>Pods of one kind within a run, such as its trainers or its samplers.</summary>
public sealed record WorkloadRole
{
    /// <summary>Its name, unique in the run.</summary>
    public required string Name { get; init; }

    /// <summary>The number of its pods, at least 1.</summary>
    public required int Width { get; init; }

    /// <summary>The GPUs of each pod, at least 1.</summary>
    public required int GpusPerPod { get; init; }

    /// <summary>The container image, for executors that use one.</summary>
    public string? Image { get; init; }

    /// <summary>The command and its arguments.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Environment variables.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Environment variables whose values are secret; none of them is in <see cref="Env"/>.</summary>
    public IReadOnlyDictionary<string, SecretReference>? Secrets { get; init; }

    /// <summary>What becomes of the run when one of the pods fails.</summary>
    public PodFailurePolicy FailurePolicy { get; init; }

    /// <summary>How often each pod is started again, for <see cref="PodFailurePolicy.Retry"/>.</summary>
    public int Retries { get; init; }

    /// <summary>The pause before a pod's first new start; it doubles with each further one. Absent:
    /// <see cref="BackOffDefault"/>.</summary>
    public TimeSpan? BackOff { get; init; }

    /// <summary>The pause of a role that states none: 10 seconds.</summary>
    public static TimeSpan BackOffDefault { get; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause: 5 minutes, or the stated one if that is longer.</summary>
    public static TimeSpan BackOffMax { get; } = TimeSpan.FromMinutes(5);

    /// <summary>The GPUs of all its pods.</summary>
    public long Gpus() => (long)Width * GpusPerPod;

    /// <summary>The pause before a new start of a pod.</summary>
    /// <param name="retry">Which new start, from 1.</param>
    public TimeSpan PauseBefore(int retry)
    {
        var pause = BackOff ?? BackOffDefault;
        for (var i = 1; i < retry && pause < BackOffMax; i++)
            pause = pause * 2 < BackOffMax ? pause * 2 : BackOffMax;
        return pause;
    }
}

/// <summary>What becomes of a run when one of its pods fails.</summary>
public enum PodFailurePolicy
{
    /// <summary>The run fails.</summary>
    Fail,

    /// <summary>The pod is started again, a limited number of times; then the run fails.</summary>
    Retry,

    /// <summary>The run goes on without the pod.</summary>
    Ignore,
}
