namespace Jobtree.Core.Model;

/// <summary>What a run asks for: the <c>spec</c> of a Run manifest. Absent sections take their defaults.</summary>
public sealed record RunSpec
{
    /// <summary>Who the run belongs to; by default the owner mapped to its namespace.</summary>
    public string? Owner { get; init; }

    /// <summary>Which GPUs and how many.</summary>
    public required Resources Resources { get; init; }

    /// <summary>How the GPUs must lie together.</summary>
    public Locality? Locality { get; init; }

    /// <summary>Widths the run can live with; absent: exactly <see cref="Resources.TotalGPUs"/>.</summary>
    public Malleable? Malleable { get; init; }

    /// <summary>Hot spares for each group, at least 0.</summary>
    public int SparesPerGroup { get; init; }

    /// <summary>Whether and from whom the run may borrow.</summary>
    public RunFunding? Funding { get; init; }

    /// <summary>Runs that must complete first.</summary>
    public Follow? Follow { get; init; }

    /// <summary>What is known of its duration and checkpoints.</summary>
    public RuntimeHints? Runtime { get; init; }

    /// <summary>What to execute.</summary>
    public Workload? Workload { get; init; }
}
