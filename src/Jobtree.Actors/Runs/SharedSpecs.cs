using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>
/// Gives specs that come again and again as one object each: many runs ask for the same. It knows the specs seen last
/// and no more than <see cref="SpecsMax"/> of them; two threads that use it at once at worst keep a spec twice.
/// </summary>
public sealed class SharedSpecs
{
    private const int SpecsMax = 1024;

    private readonly RunSpec?[] known = new RunSpec?[SpecsMax];

    /// <summary>The one object of a spec, when it is plain and was seen before; otherwise the spec itself.</summary>
    /// <param name="spec">The spec.</param>
    public RunSpec Of(RunSpec spec)
    {
        // Lists and maps are compared by identity, so specs with such would never be found again.
        if (spec is not { Locality: null, Funding: null, Follow: null, Workload: null })
            return spec;
        ref var place = ref known[(uint)HashCode.Combine(spec.Owner, spec.Resources, spec.Runtime) % SpecsMax];
        if (place is { } same && same == spec)
            return same;
        return place = spec;
    }
}
