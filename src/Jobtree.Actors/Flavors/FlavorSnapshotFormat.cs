using System.Text.Json;
using Jobtree.Actors.Runs;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// Reads the snapshots of flavors, which <see cref="FlavorJson"/> writes: the runs with leases, nearly all there is,
/// without its detours, and the other parts by it.
/// </summary>
internal static class FlavorSnapshotFormat
{
    /// <summary>Reads a snapshot.</summary>
    /// <param name="snapshot">Its bytes.</param>
    /// <param name="texts">Where texts that come again are shared.</param>
    /// <param name="running">Takes each run with leases as it is read, with the nodes and budgets, which stand before:
    /// there may be too many to list them all first.</param>
    /// <returns>The snapshot without the runs with leases.</returns>
    /// <exception cref="JsonException">They are not those of a snapshot.</exception>
    public static FlavorActorSnapshot Read(
        ReadOnlySpan<byte> snapshot, SharedText texts, Action<FlavorSnapshot, RunningSnapshot> running)
    {
        var reader = new RecordReader(snapshot, texts);
        FlavorSnapshot? state = null;
        IReadOnlyList<OutboxItem>? undelivered = null;
        if (!reader.Begin())
            throw new JsonException("The snapshot is null.");
        while (reader.NextMember())
        {
            if (reader.Is("state"u8))
                state = ReadState(ref reader, running);
            else if (reader.Is("undelivered"u8))
                undelivered = reader.Part(FlavorJson.Default.IReadOnlyListOutboxItem);
            else
                reader.Skip();
        }
        reader.End();
        return new FlavorActorSnapshot(
            state ?? throw RecordReader.Missing("state"), undelivered ?? throw RecordReader.Missing("undelivered"));
    }

    private static FlavorSnapshot? ReadState(ref RecordReader reader, Action<FlavorSnapshot, RunningSnapshot> running)
    {
        if (!reader.Begin())
            return null;
        var json = FlavorJson.Default;
        // What is 0 was left out.
        var state = new FlavorSnapshot { ForecastMargin = 0 };
        FlavorSnapshot? ground = null;
        while (reader.NextMember())
        {
            if (reader.Is("sequence"u8))
                state = state with { Sequence = reader.ReadLong() };
            else if (reader.Is("head"u8))
                state = state with { Head = reader.OwnText() };
            else if (reader.Is("at"u8))
                state = state with { At = reader.Time() };
            else if (reader.Is("nextLease"u8))
                state = state with { NextLease = reader.ReadLong() };
            else if (reader.Is("nodes"u8))
                state = state with { Nodes = reader.Part(json.IReadOnlyListNode) ?? [] };
            else if (reader.Is("budgets"u8))
                state = state with { Budgets = reader.Part(json.IReadOnlyListBudget) ?? [] };
            else if (reader.Is("running"u8))
                ReadRunning(ref reader, ground = state, running);
            else if (reader.Is("waiting"u8))
                state = state with { Waiting = reader.Part(json.IReadOnlyListWaitingSnapshot) ?? [] };
            else if (reader.Is("durations"u8))
                state = state with { Durations = reader.Part(json.IReadOnlyListDurationsSnapshot) ?? [] };
            else if (reader.Is("forecastRatios"u8))
                state = state with { ForecastRatios = reader.Part(json.IReadOnlyListDouble) ?? [] };
            else if (reader.Is("forecastsStarted"u8))
                state = state with { ForecastsStarted = reader.ReadLong() };
            else if (reader.Is("forecastsHeld"u8))
                state = state with { ForecastsHeld = reader.ReadLong() };
            else if (reader.Is("forecastMargin"u8))
                state = state with { ForecastMargin = reader.ReadDouble() };
            else if (reader.Is("lateness"u8))
                state = state with { Lateness = reader.Part(json.LatenessCounts) };
            else if (reader.Is("decisions"u8))
                state = state with { Decisions = reader.Part(json.DecisionCounts) };
            else
                reader.Skip();
        }
        if (ground is not null && (ground.At != state.At || ground.Nodes != state.Nodes
            || ground.Budgets != state.Budgets))
            throw new JsonException("The runs with leases stand before the nodes and budgets that they need.");
        return state;
    }

    private static void ReadRunning(
        ref RecordReader reader, FlavorSnapshot ground, Action<FlavorSnapshot, RunningSnapshot> running)
    {
        if (!reader.Begin(isArray: true))
            return;
        while (reader.NextObject())
            running(ground, ReadRun(ref reader));
    }

    private static RunningSnapshot ReadRun(ref RecordReader reader)
    {
        Demand? demand = null;
        DateTimeOffset startedAt = default, expectedEnd = default;
        IReadOnlyList<Lease>? leases = null;
        IReadOnlyList<ClaimSnapshot>? claims = null;
        ClassSplit metered = default;
        while (reader.NextMember())
        {
            if (reader.Is("demand"u8))
                demand = DemandFormat.Read(ref reader, comesOnce: true);
            else if (reader.Is("startedAt"u8))
                startedAt = reader.Time();
            else if (reader.Is("expectedEnd"u8))
                expectedEnd = reader.Time();
            else if (reader.Is("leases"u8))
                leases = ReadLeases(ref reader, demand?.Run);
            else if (reader.Is("metered"u8))
                metered = RunFactFormat.ReadSplit(ref reader);
            else if (reader.Is("claims"u8))
                claims = ReadClaims(ref reader);
            else
                reader.Skip();
        }
        return new RunningSnapshot(
            demand ?? throw RecordReader.Missing("demand"), startedAt, expectedEnd, leases
                ?? throw RecordReader.Missing("leases"), metered, claims ?? throw RecordReader.Missing("claims"));
    }

    private static Lease[]? ReadLeases(ref RecordReader reader, RunKey? run)
    {
        if (!reader.Begin(isArray: true))
            return null;
        if (!reader.NextObject())
            return [];
        var first = ReadLease(ref reader, run);
        if (!reader.NextObject())
            return [first];
        var leases = new List<Lease> { first };
        do
        {
            leases.Add(ReadLease(ref reader, run));
        }
        while (reader.NextObject());
        return [.. leases];
    }

    private static Lease ReadLease(ref RecordReader reader, RunKey? likelyRun)
    {
        long? id = null;
        RunKey? run = null;
        int group = 0, chunk = 0;
        IReadOnlyList<NodeSlots>? slots = null;
        LeaseRole role = default;
        EnvelopeKey? payer = null;
        DateTimeOffset? start = null;
        LeaseStartReason reason = default;
        while (reader.NextMember())
        {
            if (reader.Is("id"u8))
                id = reader.ReadLong();
            else if (reader.Is("run"u8))
                run = reader.Run(likelyRun);
            else if (reader.Is("group"u8))
                group = reader.ReadInt();
            else if (reader.Is("chunk"u8))
                chunk = reader.ReadInt();
            else if (reader.Is("slots"u8))
                slots = reader.SlotList();
            else if (reader.Is("role"u8))
                role = reader.Named<LeaseRole>();
            else if (reader.Is("payer"u8))
                payer = reader.Envelope();
            else if (reader.Is("start"u8))
                start = reader.Time();
            else if (reader.Is("reason"u8))
                reason = reader.Named<LeaseStartReason>();
            else
                reader.Skip();
        }
        return new Lease
        {
            Id = id ?? throw RecordReader.Missing("id"),
            Run = run ?? throw RecordReader.Missing("run"),
            Group = group,
            Chunk = chunk,
            Slots = slots ?? throw RecordReader.Missing("slots"),
            Role = role,
            Payer = payer,
            Start = start ?? throw RecordReader.Missing("start"),
            Reason = reason,
        };
    }

    private static ClaimSnapshot[]? ReadClaims(ref RecordReader reader)
    {
        if (!reader.Begin(isArray: true))
            return null;
        if (!reader.NextObject())
            return [];
        var first = ReadClaim(ref reader);
        if (!reader.NextObject())
            return [first];
        var claims = new List<ClaimSnapshot> { first };
        do
        {
            claims.Add(ReadClaim(ref reader));
        }
        while (reader.NextObject());
        return [.. claims];
    }

    private static ClaimSnapshot ReadClaim(ref RecordReader reader)
    {
        FundingClass fundingClass = default;
        DateTimeOffset since = default;
        while (reader.NextMember())
        {
            if (reader.Is("class"u8))
                fundingClass = reader.Named<FundingClass>();
            else if (reader.Is("since"u8))
                since = reader.Time();
            else
                reader.Skip();
        }
        return new ClaimSnapshot(fundingClass, since);
    }
}
