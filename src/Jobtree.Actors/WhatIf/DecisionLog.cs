using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.WhatIf;

/// <summary>The starts, cuts and ends in the ledgers of a copied fleet, in order.</summary>
/// <param name="stateOf">The state of a flavor before the entry that is being appended.</param>
internal sealed class DecisionLog(Func<string, FlavorState?> stateOf)
{
    private readonly SharedText texts = new();
    private readonly List<FutureStart> starts = [];
    private readonly List<FutureCut> cuts = [];
    private readonly List<FutureEnd> ends = [];

    /// <summary>How many entries there are.</summary>
    public int Entries { get; private set; }

    /// <summary>Runs that started or grew.</summary>
    public IReadOnlyList<FutureStart> Starts => starts;

    /// <summary>Work that was cut.</summary>
    public IReadOnlyList<FutureCut> Cuts => cuts;

    /// <summary>Runs that ended for good.</summary>
    public IReadOnlyList<FutureEnd> Ends => ends;

    /// <summary>The journal of an actor: flavors' entries are read, and nothing is stored.</summary>
    public IJournal JournalOf(ActorKey actor) =>
        actor.Kind == ActorKind.Flavor ? new FlavorJournal(this, actor.Name) : NoJournal.Instance;

    private void Read(string flavor, ReadOnlySpan<byte> record)
    {
        var entry = LedgerFormat.Read(record, texts);
        Entries++;
        var state = stateOf(flavor);
        var cause = entry.Resolution?.For ?? entry.Lottery?.For;
        foreach (var closing in entry.Close ?? [])
        {
            var run = state?.Running.GetValueOrDefault(closing.Run);
            var gpus = run?.Leases.Sum(lease => lease.Gpus()) ?? 0;
            if (IsCut(closing.Reason))
                cuts.Add(new FutureCut(
                    closing.Run, run?.Demand.Owner ?? "", entry.At, closing.Reason, cause, gpus, GoesOn: false));
            if (!closing.Requeue)
                ends.Add(new FutureEnd(closing.Run, entry.At));
        }
        foreach (var ended in (entry.End ?? []).Where(end => IsCut(end.Reason)).GroupBy(end => (end.Run, end.Reason)))
        {
            var run = state?.Running.GetValueOrDefault(ended.Key.Run);
            cuts.Add(new FutureCut(ended.Key.Run, run?.Demand.Owner ?? "", entry.At, ended.Key.Reason, cause,
                ended.Sum(end => run?.Find(end.Lease)?.Gpus() ?? 0), GoesOn: true));
        }
        foreach (var opening in (entry.Swap ?? []).Prepend(entry.Open).OfType<Opening>())
            starts.Add(new FutureStart(flavor, opening.Starts(), entry.At, opening.Reason));
        if (entry.Leave is { } left)
            ends.Add(new FutureEnd(left.Run, entry.At));
    }

    private static bool IsCut(LeaseEndReason reason) => reason is not (LeaseEndReason.Completed
        or LeaseEndReason.Cancelled or LeaseEndReason.RunFailed or LeaseEndReason.Swap);

    private sealed class FlavorJournal(DecisionLog log, string flavor) : IJournal
    {
        public Task Append(long sequence, ReadOnlySpan<byte> record)
        {
            log.Read(flavor, record);
            return Task.CompletedTask;
        }
    }
}

/// <summary>A run that starts or gains leases.</summary>
/// <param name="Flavor">Its flavor.</param>
/// <param name="Run">The run.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why.</param>
internal sealed record FutureStart(string Flavor, RunKey Run, DateTimeOffset At, LeaseStartReason Reason);

/// <summary>Work that is cut; the members are those of <see cref="WhatIfCut"/>.</summary>
internal sealed record FutureCut(RunKey Run, string Owner, DateTimeOffset At, LeaseEndReason Rule, RunKey? For,
    int Gpus, bool GoesOn);

/// <summary>A run that ends for good.</summary>
/// <param name="Run">The run.</param>
/// <param name="At">When.</param>
internal sealed record FutureEnd(RunKey Run, DateTimeOffset At);
