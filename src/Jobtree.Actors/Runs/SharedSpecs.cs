using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>
/// Shares one object among equal specs, because many runs ask for the same. It holds only recent specs, at most
/// <see cref="SpecsMax"/> of them. If two threads use it at once, at worst a spec is stored twice.
/// </summary>
public sealed class SharedSpecs
{
    private const int SpecsMax = 1024;

    private readonly RunSpec?[] known = new RunSpec?[SpecsMax];

    /// <summary>The shared object for a simple spec that was seen before; otherwise the spec itself.</summary>
    /// <param name="spec">The spec.</param>
    public RunSpec Of(RunSpec spec)
    {
        // Lists and maps are compared by identity, so a spec that has any would never match.
        if (spec is not { Locality: null, Funding: null, Follow: null, Workload: null })
            return spec;
        ref var place = ref known[(uint)HashCode.Combine(spec.Owner, spec.Resources, spec.Runtime) % SpecsMax];
        if (place is { } same && same == spec)
            return same;
        return place = spec;
    }
}
