namespace Jobtree.Simulation.Reports;

/// <summary>The size classes by which waits are reported: one GPU, part of a node, a node, several nodes.</summary>
internal static class SizeClass
{
    /// <summary>The size classes, smallest first.</summary>
    public static IReadOnlyList<string> All { get; } = ["1 GPU", "2–4 GPUs", "5–8 GPUs", "9+ GPUs"];

    /// <summary>The index in <see cref="All"/> of a width.</summary>
    /// <param name="gpus">GPUs of a job, at least 1.</param>
    public static int Of(int gpus) => gpus switch
    {
        1 => 0,
        <= 4 => 1,
        <= 8 => 2,
        _ => 3,
    };
}
