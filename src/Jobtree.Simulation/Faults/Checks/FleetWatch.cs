using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Simulation.Faults.Checks;

/// <summary>
/// Follows a fleet from outside by what becomes durable, checks each record, and remembers the first violation.
/// </summary>
internal sealed class FleetWatch
{
    private readonly SortedDictionary<string, LedgerWatch> ledgers = new(StringComparer.Ordinal);
    private readonly Dictionary<RunKey, RunRecord> runs = [];

    /// <summary>The first violation; null: none was found.</summary>
    public Violation? First { get; private set; }

    /// <summary>The ledgers, by flavor.</summary>
    public IReadOnlyDictionary<string, LedgerWatch> Ledgers => ledgers;

    /// <summary>The durable records of the runs.</summary>
    public IReadOnlyDictionary<RunKey, RunRecord> Runs => runs;

    /// <summary>A violation was found.</summary>
    public void Found(Violation violation) => First ??= violation;

    /// <summary>A record is durable.</summary>
    public void Durable(ActorKey actor, byte[] record)
    {
        switch (actor.Kind)
        {
            case ActorKind.Flavor:
                LedgerOf(actor.Name).Read(record);
                break;
            case ActorKind.Run:
                Follow(RunKey.Parse(actor.Name), record);
                break;
        }
    }

    /// <summary>An activation of a flavor has recovered: its state must be that of the ledger.</summary>
    public void Recovered(FlavorState state) => LedgerOf(state.Flavor).CompareWith(state, "an activation recovered");

    /// <summary>The ledger of a flavor.</summary>
    public LedgerWatch LedgerOf(string flavor)
    {
        if (!ledgers.TryGetValue(flavor, out var ledger))
            ledgers.Add(flavor, ledger = new LedgerWatch(flavor, Found));
        return ledger;
    }

    private void Follow(RunKey run, byte[] record)
    {
        try
        {
            runs[run] = RunJournal.Apply(run, runs.GetValueOrDefault(run), record);
        }
        catch (Exception broken)
        {
            Found(new Violation(9, "a run's journal cannot be followed", $"{run}: {broken.Message}"));
        }
    }
}
