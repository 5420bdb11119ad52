using System.Collections.Immutable;

namespace Jobtree.Simulation.Traces;

/// <summary>What a trace file says besides its jobs.</summary>
internal sealed record TraceOrigin
{
    /// <summary>The name of the file's format; null if the trace was not read from a file.</summary>
    public string? Format { get; init; }

    /// <summary>The rows that became no jobs, by reason; reasons without rows are absent.</summary>
    public ImmutableSortedDictionary<LeftOutReason, int> LeftOut { get; init; } =
        ImmutableSortedDictionary<LeftOutReason, int>.Empty;

    /// <summary>How many processors the traced machine has; null if the file does not say so.</summary>
    public int? MachineGpus { get; init; }
}

/// <summary>Why a row of a trace is left out.</summary>
internal enum LeftOutReason
{
    /// <summary>It requests no GPU.</summary>
    CpuOnly,

    /// <summary>It requests a part of a GPU, and a slot is a whole one.</summary>
    FractionalGpu,

    /// <summary>It never started, or ran for no time.</summary>
    NeverRan,

    /// <summary>It is one of several partial executions of a job that another row sums up.</summary>
    PartOfJob,

    /// <summary>Its arrival or its processors are not known.</summary>
    Unknown,
}

/// <summary>The reasons in words.</summary>
internal static class LeftOutReasons
{
    /// <summary>What such a row does, or is.</summary>
    public static string InWords(this LeftOutReason reason) => reason switch
    {
        LeftOutReason.CpuOnly => "asks for no GPU",
        LeftOutReason.FractionalGpu => "asks for a part of a GPU",
        LeftOutReason.NeverRan => "never ran, or for no time",
        LeftOutReason.PartOfJob => "is a part of a job that another row sums up",
        _ => "does not tell its arrival or its width",
    };
}
