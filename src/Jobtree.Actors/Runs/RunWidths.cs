using System.Globalization;
using Jobtree.Core;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>The widths of an elastic run: its minimum, and whole steps above it.</summary>
internal static class RunWidths
{
    private const int ShownMax = 8;

    /// <summary>Why a run cannot shrink by a number of GPUs, as the end of a sentence; null if it can.</summary>
    /// <param name="widths">Its widths.</param>
    /// <param name="present">The GPUs that it has, or would start with.</param>
    /// <param name="by">How many less.</param>
    public static string? ShrinkError(Malleable widths, int present, int by)
    {
        var room = present - widths.MinTotalGPUs;
        if (by > 0 && by <= room && (room - by) % widths.StepGPUs == 0)
            return null;
        // The widths below the present one are at these distances.
        var first = room % widths.StepGPUs is > 0 and var odd ? odd : widths.StepGPUs;
        var steps = room <= 0 ? 0 : (room - first) / widths.StepGPUs + 1;
        var has = string.Create(CultureInfo.InvariantCulture, $"it has {Counted.Of(present, "GPU")}, at least "
            + $"{widths.MinTotalGPUs}, in steps of {widths.StepGPUs}");
        if (steps == 0)
            return $"cannot shrink: {has}.";
        var allowed = string.Join(", ", Enumerable.Range(0, Math.Min(steps, ShownMax))
            .Select(step => (first + step * widths.StepGPUs).ToString(CultureInfo.InvariantCulture)));
        return $"can shrink by {allowed}{(steps > ShownMax ? ", ..." : "")} GPU{(allowed == "1" ? "" : "s")}, not by "
            + $"{by.ToString(CultureInfo.InvariantCulture)}: {has}.";
    }
}
