using System.Globalization;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>
/// One pass over a live state against the invariants of the design, in steps of bounded work: between two steps the
/// flavor decides, and no decision waits for a whole pass.
/// </summary>
/// <remarks>
/// <para>A pass sees its parts at different instants, so it only concludes what those allow:</para>
/// <list type="bullet">
/// <item>Leases never change, and the pass looks at those that were open when it began. Two that are still open when
/// they are looked at, and hold the same slot, held it together when the pass began. That is a violation, whatever
/// happened in between.</item>
/// <item>A slot that counts as used, and that no lease seen in the pass or opened since it began holds, is held by
/// none. A lease that ended after it was seen can hide such a slot, until the next pass.</item>
/// <item>What concerns one lease, run, envelope, cap or reservation is looked at in one step.</item>
/// </list>
/// <para>Call <see cref="Step"/> until it returns true, and <see cref="Opened"/> for every opening in between.</para>
/// </remarks>
public sealed class LiveAudit
{
    /// <summary>How many violations a pass describes. It counts all of them.</summary>
    public const int DescribedMax = 100;

    private const int ClaimsPerUnit = 4;
    private const int NodesPerUnit = 2;

    private readonly FlavorState state;
    private readonly RunningRun[] runs;
    private readonly PlacedNode[] nodes;
    private readonly EnvelopeKey[] envelopes;
    private readonly Budget[] budgets;
    private readonly WaitingRun[] reserved;
    private readonly LeaseChecks leases;
    private readonly SortedDictionary<int, int> counts = [];
    private readonly List<AuditViolation> violations = [];
    private int run;
    private int node;
    private int envelope;
    private int budget;
    private int reservation;

    /// <summary>
    /// Begins a pass over what is open now. Takes time in proportion to it, but only to copy references.
    /// </summary>
    /// <param name="state">The state, between two entries.</param>
    public LiveAudit(FlavorState state)
    {
        this.state = state;
        runs = [.. state.RunningRuns];
        nodes = [.. state.Fleet.PlacedNodes];
        envelopes = [.. state.Funding.Envelopes.Select(static payer => payer.Key)];
        budgets = [.. state.Funding.Budgets.Where(static budget => budget.AggregateCaps.Count > 0)];
        reserved = [.. state.Queue.WithReservation];
        leases = new LeaseChecks(state, nodes.Length, Add);
        CheckTotals();
    }

    /// <summary>The violations found so far, ordered as found; the first <see cref="DescribedMax"/>.</summary>
    public IReadOnlyList<AuditViolation> Violations => violations;

    /// <summary>How often each invariant was found broken so far.</summary>
    public IReadOnlyDictionary<int, int> Counts => counts;

    /// <summary>The runs that had leases when the pass began.</summary>
    public IReadOnlyList<RunningRun> Runs => runs;

    /// <summary>The leases that were looked at.</summary>
    public int Leases => leases.Count;

    /// <summary>Whether all was looked at.</summary>
    public bool IsDone => reservation == reserved.Length && budget == budgets.Length && envelope == envelopes.Length
        && node == nodes.Length && run == runs.Length;

    /// <summary>Looks at the next part, between two entries of the ledger.</summary>
    /// <param name="work">About how many leases, or as much of other things, may be looked at. A run is looked at
    /// whole, and so is an envelope.</param>
    /// <returns>Whether the pass is complete.</returns>
    public bool Step(int work)
    {
        for (; work > 0 && run < runs.Length; run++)
            work -= leases.Check(runs[run]);
        for (; work > 0 && run == runs.Length && node < nodes.Length; node += NodesPerUnit, work--)
            CheckNodes(Math.Min(node + NodesPerUnit, nodes.Length));
        node = Math.Min(node, nodes.Length);
        for (; work > 0 && node == nodes.Length && envelope < envelopes.Length; envelope++)
            work -= CheckEnvelope(envelopes[envelope]);
        for (; work > 0 && envelope == envelopes.Length && budget < budgets.Length; budget++)
            work -= CheckCaps(budgets[budget]);
        for (; work > 0 && budget == budgets.Length && reservation < reserved.Length; reservation++, work--)
            CheckReservation(reserved[reservation]);
        return IsDone;
    }

    /// <summary>An entry opened leases after the pass began.</summary>
    /// <param name="opening">The opening.</param>
    public void Opened(Opening opening) => leases.Opened(opening);

    /// <summary>Checks the fleet's totals, in one step: a node costs two additions.</summary>
    private void CheckTotals()
    {
        var (free, gpus) = (0, 0);
        foreach (var placed in nodes)
            (free, gpus) = (free + placed.FreeCount, gpus + placed.Spec.Gpus);
        if (free != state.Fleet.Free || gpus != state.Fleet.Gpus)
            Add(9, $"{state.Fleet.Free} of {state.Fleet.Gpus} GPUs count as free, but the nodes have {free} of {gpus}");
    }

    private void CheckNodes(int end)
    {
        for (var i = node; i < end; i++)
        {
            var name = nodes[i].Spec.Name;
            if (state.Fleet.Placed(name) is { Used: not 0 } placed && leases.Unheld(placed) is not 0 and var slots)
                Add(9, $"node {name} counts slots {new NodeSlots(name, slots)} as used that no lease holds");
        }
    }

    private int CheckEnvelope(EnvelopeKey key)
    {
        if (state.Funding.TermsOf(key) is not { } terms)
            return 1;
        var (funded, lent, claims, strays) = state.Funding.FundedOf(key);
        var bound = terms.IsOpen(state.At) ? terms.Concurrency : 0;
        if (funded > bound)
            Add(3, $"{key} funds {Counted.Of(funded, "GPU")}, more than the {bound} it may");
        if (lent > (terms.Lending?.MaxConcurrency ?? bound))
            Add(3, $"{key} lends {Counted.Of(lent, "GPU")}, more than it may");
        if (strays > 0)
            Add(9, $"{strays} claims on {key} are of leases that are not open");
        return 1 + (claims / ClaimsPerUnit);
    }

    private int CheckCaps(Budget captured)
    {
        // The budget may have changed or gone since the pass began.
        if (state.Funding.FindBudget(captured.Key) is not { } present)
            return 1;
        var work = 1;
        foreach (var cap in present.AggregateCaps)
        {
            if (cap.Flavor != state.Flavor)
                continue;
            var under = 0;
            foreach (var name in cap.Envelopes)
            {
                var (funded, _, claims, _) = state.Funding.FundedOf(new EnvelopeKey(present.Key, name));
                (under, work) = (under + funded, work + (claims / ClaimsPerUnit));
            }
            if (under > cap.MaxConcurrency)
                Add(3, $"{present.Key}/{cap.Name} covers {under} funded GPUs, more than its {cap.MaxConcurrency}");
        }
        return work;
    }

    private void CheckReservation(WaitingRun captured)
    {
        var key = captured.Demand.Run;
        if (state.Queue.Find(key) is not { Reservation: { } reservation })
            return;
        if (reservation.State != ReservationState.Pending || reservation.Run != key || state.Running.ContainsKey(key))
            Add(7, $"the reservation of {key} is not that of a run that waits");
    }

    /// <summary>Counts a violation, and describes it if few were.</summary>
    internal void Add(int invariant, string what)
    {
        counts[invariant] = counts.GetValueOrDefault(invariant) + 1;
        if (violations.Count < DescribedMax)
            violations.Add(new AuditViolation(invariant,
                string.Create(CultureInfo.InvariantCulture, $"{state.Flavor}, entry {state.Sequence}"), what));
    }
}
