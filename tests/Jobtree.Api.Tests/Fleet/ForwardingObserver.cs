using Jobtree.Actors.Ports;

namespace Jobtree.Api.Tests.Fleet;

/// <summary>Passes on what a fleet tells, to a host that is built after the fleet.</summary>
public sealed class ForwardingObserver : IFleetObserver
{
    public IFleetObserver? To { get; set; }

    public void Submitted(string flavor, string result, TimeSpan elapsed) => To?.Submitted(flavor, result, elapsed);
}
