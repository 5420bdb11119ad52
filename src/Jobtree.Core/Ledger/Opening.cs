using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>Leases that begin for one run.</summary>
public sealed record Opening
{
    /// <summary>The demand, when it was not in the queue before.</summary>
    public Demand? Demand { get; init; }

    /// <summary>The run, when it was in the queue or runs already.</summary>
    public RunKey? Run { get; init; }

    /// <summary>Why the leases begin.</summary>
    public LeaseStartReason Reason { get; init; }

    /// <summary>The number of the first lease; the others follow.</summary>
    public required long FirstLease { get; init; }

    /// <summary>The leases.</summary>
    public required IReadOnlyList<OpeningLease> Leases { get; init; }

    /// <summary>The run that starts or grows.</summary>
    public RunKey Starts() => Demand?.Run ?? Run!.Value;
}
