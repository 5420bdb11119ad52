using Jobtree.Silo.Chaos.Faults;

namespace Jobtree.Silo.Chaos;

/// <summary>What is to be done.</summary>
/// <param name="Duration">How long faults are done; the checks come on top.</param>
/// <param name="Silos">How many silos.</param>
/// <param name="Seed">Draws the faults.</param>
/// <param name="Rate">Submissions a second.</param>
/// <param name="Round">Faults between two checks.</param>
/// <param name="Folder">Where to keep logs and Redis' file; absent: a folder of its own, which is removed when nothing
/// was found.</param>
/// <param name="Faults">What is done to a cluster; nothing: it is one silo with its journal on a disk.</param>
internal sealed record ChaosSettings(TimeSpan Duration, int Silos, int Seed, double Rate, TimeSpan Round,
    string? Folder, IReadOnlyList<FaultGroup> Faults)
{
    /// <summary>Whether it is one silo, with its journal on a disk.</summary>
    public bool IsOneMachine => Faults.Count == 0;
}
