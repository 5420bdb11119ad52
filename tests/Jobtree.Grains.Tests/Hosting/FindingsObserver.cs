using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;

namespace Jobtree.Grains.Tests.Hosting;

/// <summary>Notes what the passes of the continuous check found.</summary>
internal sealed class FindingsObserver : IFleetObserver
{
    private readonly Lock gate = new();
    private readonly List<FlavorFindings> passes = [];

    public IReadOnlyList<FlavorFindings> Passes
    {
        get
        {
            lock (gate)
                return [.. passes];
        }
    }

    public void Checked(string flavor, FlavorFindings findings)
    {
        lock (gate)
            passes.Add(findings);
    }
}
