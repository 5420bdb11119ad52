using System.Globalization;

namespace Jobtree.Actors.Reporting;

/// <summary>How busy a node's resources are, each from 0 to 1. Absent: not reported.</summary>
/// <param name="Gpu">The mean utilization of its GPUs.</param>
/// <param name="Cpu">The utilization of its processors.</param>
/// <param name="Memory">The used part of its memory.</param>
public sealed record NodeUsage(double? Gpu = null, double? Cpu = null, double? Memory = null)
{
    /// <summary>Checks the values.</summary>
    /// <returns>The errors, one per field; empty if there are none.</returns>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        foreach (var (field, value) in new[] { ("gpu", Gpu), ("cpu", Cpu), ("memory", Memory) })
        {
            if (value is { } given && !(given >= 0 && given <= 1))
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"{field}: {given}; 0 to 1 is allowed."));
        }
        if ((Gpu ?? Cpu ?? Memory) is null)
            errors.Add("Nothing is reported: give at least one of gpu, cpu and memory.");
        return errors;
    }
}
