using Jobtree.Core.Model;

namespace Jobtree.Simulation.Reports;

/// <summary>GPU-hours by funding class.</summary>
internal sealed record GpuHoursByClass(double Owned, double Shared, double Borrowed, double Unfunded)
{
    /// <summary>The split as figures.</summary>
    public static GpuHoursByClass Of(ClassSplit split) =>
        new(split.Owned, split.Shared, split.Borrowed, split.Unfunded);
}
