using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Simulation.Faults.Checks;

/// <summary>
/// Follows the ledger of a flavor: the audit of the design's invariants after every entry, and what only the step from
/// one state to the next shows.
/// </summary>
/// <param name="flavor">The flavor.</param>
/// <param name="found">Called with each violation.</param>
internal sealed class LedgerWatch(string flavor, Action<Violation> found)
{
    private readonly LedgerReplay replay = new(flavor, checkEvery: 1);
    private readonly SharedText texts = new();
    private readonly LeaseWatch leases = new(found);
    private readonly AdmissionCheck admissions = new(found);
    private readonly SwapCheck swaps = new(found);
    private int reported;

    /// <summary>The state after the last durable entry.</summary>
    public FlavorState State => replay.State;

    /// <summary>The leases that there ever were, with their GPU-seconds.</summary>
    public LeaseWatch Leases => leases;

    /// <summary>The last facts about each run.</summary>
    public IReadOnlyDictionary<RunKey, RunFact> LastFacts => replay.LastFacts;

    /// <summary>Reads the next entry.</summary>
    public void Read(byte[] bytes)
    {
        if (replay.IsBroken)
            return;
        var entry = Parse(bytes);
        if (entry is not null && entry.Sequence == State.Sequence + 1)
        {
            CheckWindows(entry);
            admissions.Before(State, entry);
            leases.Before(State, entry);
            swaps.Before(State, entry);
        }
        replay.Read(bytes, $"entry {State.Sequence + 1}");
        for (; reported < replay.Violations.Count; reported++)
        {
            var (invariant, where, what) = replay.Violations[reported];
            found(new Violation(invariant, "the audit", $"{what} ({where})"));
        }
        if (entry is not null && !replay.IsBroken)
        {
            leases.After(State, entry, replay.LastFacts);
            swaps.After(State);
        }
    }

    /// <summary>Compares with another state of the same flavor, if it is of the same entry.</summary>
    public void CompareWith(FlavorState other, string whose)
    {
        if (other.Sequence != State.Sequence || replay.IsBroken)
            return;
        var (mine, its) = (BytesOf(State), BytesOf(other));
        if (!mine.AsSpan().SequenceEqual(its))
            found(new Violation(9, "a rebuilt state differs from the ledger's",
                $"{whose} at entry {State.Sequence} of {flavor}: {Difference(mine, its)}"));
    }

    /// <summary>A state as a snapshot.</summary>
    public static byte[] BytesOf(FlavorState state) => JsonSerializer.SerializeToUtf8Bytes(
        new FlavorActorSnapshot(state.Take(), []), FlavorJson.Default.FlavorActorSnapshot);

    private void CheckWindows(LedgerEntry entry)
    {
        if (State.Funding.NextBoundary(State.At) is { } boundary && boundary < entry.At)
            found(new Violation(3, "a window opens or closes at its instant",
                $"a window of {flavor} changes at {boundary:O}, and entry {entry.Sequence} is of {entry.At:O}"));
    }

    private LedgerEntry? Parse(byte[] bytes)
    {
        try
        {
            return LedgerFormat.Read(bytes, texts);
        }
        catch (JsonException)
        {
            return null; // The replay says what is wrong with it.
        }
    }

    private static string Difference(byte[] one, byte[] other)
    {
        var at = one.AsSpan().CommonPrefixLength(other);
        return $"'{Around(one, at)}' against '{Around(other, at)}'";

        static string Around(byte[] bytes, int at) => System.Text.Encoding.UTF8.GetString(
            bytes.AsSpan(Math.Max(0, at - 60), Math.Min(140, bytes.Length - Math.Max(0, at - 60))));
    }
}
