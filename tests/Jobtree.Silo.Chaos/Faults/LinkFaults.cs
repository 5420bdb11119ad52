using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.Faults;

/// <summary>Breaks links between silos, one thing at a time, until one of the silos has left.</summary>
internal sealed class LinkFaults(ChaosCluster cluster, Findings findings) : IDisposable
{
    /// <summary>How long silos that do not reach each other may take to agree who leaves.</summary>
    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim gate = new(1, 1);

    /// <summary>Breaks, and mends after one of the silos has left.</summary>
    /// <param name="kind">What breaks.</param>
    /// <param name="silo">Whose link.</param>
    /// <param name="more">How much longer it stays broken.</param>
    /// <param name="isAlone">Whether nothing else was done meanwhile: other faults may end one of the silos first,
    /// which is as good, and beside them they may not even be members.</param>
    public async Task Break(FaultKind kind, SiloProcess silo, TimeSpan more, Func<bool> isAlone)
    {
        await gate.WaitAsync();
        try
        {
            var next = cluster.Silos[silo.Index % cluster.Silos.Count];
            var others = kind == FaultKind.Isolate ? cluster.Silos.Where(other => other != silo).ToArray() : [next];
            // Of two either may leave; who reaches nobody is the one to leave.
            SiloProcess[] mayLeave = kind == FaultKind.Isolate ? [silo] : [silo, next];
            var starts = mayLeave.Sum(each => each.Starts);
            foreach (var other in others)
            {
                cluster.Network!.Lose(silo.Index, other.Index);
                if (kind != FaultKind.BreakOneWay)
                    cluster.Network.Lose(other.Index, silo.Index);
            }
            if (!await Patience.Within(LeavePatience, () => Task.FromResult(mayLeave.Sum(each => each.Starts) > starts))
                && isAlone())
                findings.Add($"{kind}: silo {silo.Index} did not reach "
                    + $"{string.Join(" and ", others.Select(other => other.Index))}, and "
                    + $"{LeavePatience.TotalSeconds:0} s later it had not left, nor another one for it.");
            await Task.Delay(more);
        }
        finally
        {
            cluster.Network!.Join();
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();
}
