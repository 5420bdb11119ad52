using System.Text.Json;
using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Ports;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Faults.Hosting;

namespace Jobtree.Simulation.Faults.Checks;

/// <summary>Envelopes and runs agree with the ledgers about what is claimed and what was used.</summary>
/// <param name="world">The fleet.</param>
internal sealed class MeterCheck(World world)
{
    private const double ToleranceSeconds = 0.01;

    private readonly Dictionary<EnvelopeKey, EnvelopeMeterOracle> oracles = [];

    /// <summary>Checks all meters.</summary>
    public void Check()
    {
        foreach (var flavor in world.Watch.Ledgers.Keys)
            Read(flavor);
        foreach (var (key, oracle) in oracles)
            CheckEnvelope(key, oracle);
        foreach (var run in world.Watch.Runs.Values)
        {
            var leased = world.Watch.Ledgers.Values.Sum(ledger => ledger.Leases.GpuSeconds.GetValueOrDefault(run.Key));
            if (Math.Abs(run.GpuSeconds.Total() - leased) > ToleranceSeconds)
                world.Watch.Found(new Violation(10, "a run's use is what it leased",
                    $"{run.Key} says {run.GpuSeconds.Total()} GPU-seconds, and its leases held {leased}"));
        }
    }

    private void CheckEnvelope(EnvelopeKey key, EnvelopeMeterOracle oracle)
    {
        var envelope = new EnvelopeActor(key, NoJournal.Instance, TimeProvider.System);
        world.Store.LogOf(new ActorKey(ActorKind.Envelope, key.ToString())).Recover()
            .Into(envelope.Restore, envelope.Replay);
        var snapshot = JsonSerializer.Deserialize(envelope.Snapshot().State, EnvelopeJson.Default.EnvelopeSnapshot)!;
        var claims = string.Join(", ", snapshot.Claims.Select(claim => $"{claim.Lease}:{claim.Gpus} {claim.Class}"));
        if (claims != oracle.Claims)
            world.Watch.Found(new Violation(10, "an envelope has its claims",
                $"{key} has [{claims}], and its ledger says [{oracle.Claims}]"));
        else if (snapshot.Total() is var metered
            && (Math.Abs(metered.Total() - oracle.GpuSeconds.Total()) > ToleranceSeconds
            || Math.Abs(metered.Unfunded - oracle.GpuSeconds.Unfunded) > ToleranceSeconds))
            world.Watch.Found(new Violation(10, "an envelope meters its claims",
                $"{key} has metered {metered}, and its ledger says {oracle.GpuSeconds}"));
    }

    /// <summary>Reads a ledger once more, for what it says about each claim.</summary>
    private void Read(string flavor)
    {
        var (state, effects) = (new FlavorState(flavor), new FlavorEffects());
        foreach (var record in world.Store.LogOf(new ActorKey(ActorKind.Flavor, flavor)).Records)
        {
            state.Apply(LedgerFormat.Read(record, null), HashChain.Link(record), effects);
            foreach (var change in effects.Funding)
                Of(change.Payer).Apply(flavor, change);
            effects.Funding.Clear();
            effects.Runs.Clear();
        }
    }

    private EnvelopeMeterOracle Of(EnvelopeKey key)
    {
        if (!oracles.TryGetValue(key, out var oracle))
            oracles.Add(key, oracle = new EnvelopeMeterOracle());
        return oracle;
    }

    /// <summary>What an envelope must say: each claim from its first instant to its last.</summary>
    private sealed class EnvelopeMeterOracle
    {
        private readonly SortedDictionary<(string Flavor, long Lease), FundingChange> claims = [];

        public ClassSplit GpuSeconds { get; private set; }

        public string Claims => string.Join(", ",
            claims.Values.OrderBy(claim => claim.Lease).Select(claim => $"{claim.Lease}:{claim.Gpus} {claim.Class}"));

        public void Apply(string flavor, FundingChange change)
        {
            // An envelope meters all its claims up to the last change that it has heard of.
            foreach (var key in claims.Keys.Where(key => key.Flavor == flavor).ToArray())
            {
                var claim = claims[key];
                if (change.At <= claim.At)
                    continue;
                GpuSeconds = GpuSeconds.Plus(claim.Class!.Value, claim.Gpus * (change.At - claim.At).TotalSeconds);
                claims[key] = claim with { At = change.At };
            }
            if (change.Class is null)
                claims.Remove((flavor, change.Lease));
            else
                claims[(flavor, change.Lease)] = change;
        }
    }
}
