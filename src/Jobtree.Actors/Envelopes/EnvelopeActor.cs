using System.Text.Json;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Envelopes;

/// <summary>An envelope: records its claims as the flavor reports them, and meters them by class.</summary>
/// <param name="key">The envelope.</param>
/// <param name="journal">The envelope's journal.</param>
/// <param name="time">The clock.</param>
public sealed class EnvelopeActor(EnvelopeKey key, IJournal journal, TimeProvider time) : IEnvelope
{
    private const int AccountsMax = 16;

    private readonly Dictionary<long, (int Gpus, FundingClass Class, bool Spare)> claims = [];
    private readonly Dictionary<string, long> seen = [];
    private readonly List<EnvelopeAccount> earlier = [];
    private ClassSplit gpus;
    private ClassSplit gpuSeconds;
    private DateTimeOffset meteredTo;
    private int spares;
    private long sequence;
    private StateDivergedException? diverged;

    /// <summary>
    /// Whether the journal holds a record that could not be applied. The activation must then end, and its state must
    /// not be saved.
    /// </summary>
    public bool HasDiverged => diverged is not null;

    /// <summary>The number of the last journal record.</summary>
    public long Sequence => sequence;

    /// <inheritdoc/>
    public async ValueTask Notify(EnvelopeFacts facts)
    {
        if (diverged is not null)
            throw diverged;
        var last = seen.GetValueOrDefault(facts.Flavor);
        if (facts.Changes.Count == 0 || facts.Changes[^1].Sequence <= last)
            return;
        if (facts.Changes[0].Sequence <= last)
            facts = facts with { Changes = [.. facts.Changes.Where(change => change.Sequence > last)] };
        await journal.Append(
            sequence + 1, JsonSerializer.SerializeToUtf8Bytes(facts, EnvelopeJson.Default.EnvelopeFacts));
        try
        {
            Apply(facts);
        }
        catch (Exception failure)
        {
            throw diverged = new StateDivergedException(Key, sequence + 1, failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask<EnvelopeMeter> Usage()
    {
        if (diverged is not null)
            throw diverged;
        var now = time.GetUtcNow();
        var open = now > meteredTo ? gpus.Times((now - meteredTo).TotalSeconds) : default;
        return ValueTask.FromResult(new EnvelopeMeter(gpus, spares, gpuSeconds + open, claims.Count, [.. earlier]));
    }

    /// <summary>Replays a journal record during recovery.</summary>
    /// <param name="record">The record's bytes.</param>
    public void Replay(ReadOnlySpan<byte> record) =>
        Apply(JsonSerializer.Deserialize(record, EnvelopeJson.Default.EnvelopeFacts)
            ?? throw new JsonException("The record is null."));

    /// <summary>Restores a snapshot during recovery.</summary>
    /// <param name="state">The snapshot's bytes.</param>
    public void Restore(ReadOnlySpan<byte> state) =>
        Restore(JsonSerializer.Deserialize(state, EnvelopeJson.Default.EnvelopeSnapshot)
            ?? throw new JsonException("The snapshot is null."));

    /// <summary>Restores a snapshot from elsewhere, such as a state file.</summary>
    /// <param name="snapshot">The snapshot.</param>
    public void Restore(EnvelopeSnapshot snapshot)
    {
        foreach (var claim in snapshot.Claims)
            Add(claim.Lease, claim.Gpus, claim.Class, claim.Spare);
        foreach (var (flavor, last) in snapshot.Seen)
            seen.Add(flavor, last);
        earlier.AddRange(snapshot.Earlier ?? []);
        (sequence, gpuSeconds, meteredTo) = (snapshot.Sequence, snapshot.GpuSeconds, snapshot.MeteredTo);
    }

    /// <summary>The state as a snapshot, and the number of the last journal record that it covers.</summary>
    public (long Sequence, byte[] State) Snapshot() => (sequence, JsonSerializer.SerializeToUtf8Bytes(
        new EnvelopeSnapshot(
            sequence, new Dictionary<string, long>(seen), gpuSeconds, meteredTo,
            [.. claims.OrderBy(claim => claim.Key).Select(
                claim => new EnvelopeClaim(claim.Key, claim.Value.Gpus, claim.Value.Class, claim.Value.Spare))],
            earlier.Count == 0 ? null : [.. earlier]),
        EnvelopeJson.Default.EnvelopeSnapshot));

    private ActorKey Key => new(ActorKind.Envelope, key.ToString());

    private void Apply(EnvelopeFacts facts)
    {
        if (facts.IsWhole == true)
            EndAll(facts.Changes[0].At);
        for (var i = 0; i < facts.Changes.Count; i++)
        {
            var change = facts.Changes[i];
            MeterUntil(change.At);
            if (change.Former is { } budget)
                EndAccount(budget.Owner, change.At);
            if (claims.Remove(change.Lease, out var claim))
            {
                gpus = gpus.Plus(claim.Class, -claim.Gpus);
                spares -= claim.Spare ? claim.Gpus : 0;
            }
            if (change.Class is { } fundingClass)
                Add(change.Lease, change.Gpus, fundingClass, change.Spare);
        }
        seen[facts.Flavor] = facts.Changes[^1].Sequence;
        sequence++;
    }

    private void MeterUntil(DateTimeOffset at)
    {
        if (at <= meteredTo)
            return;
        gpuSeconds += gpus.Times((at - meteredTo).TotalSeconds);
        meteredTo = at;
    }

    /// <summary>What was metered was the charge of a budget that is this envelope's no more.</summary>
    private void EndAccount(string owner, DateTimeOffset at)
    {
        if (gpuSeconds == default)
            return;
        earlier.Add(new EnvelopeAccount(owner, at, gpuSeconds));
        gpuSeconds = default;
        if (earlier.Count > AccountsMax)
            earlier.RemoveAt(0);
    }

    private void EndAll(DateTimeOffset at)
    {
        MeterUntil(at);
        claims.Clear();
        (gpus, spares) = (default, 0);
    }

    private void Add(long lease, int width, FundingClass fundingClass, bool spare)
    {
        claims[lease] = (width, fundingClass, spare);
        gpus = gpus.Plus(fundingClass, width);
        spares += spare ? width : 0;
    }
}
