using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Core;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// Explains a flavor's decisions in words: a run's state, why it is no further, who is ahead, what would help.
/// </summary>
internal static class Explainer
{
    private const int AheadShown = 10;

    /// <summary>From this factor on, up or down, a correction of a statement is told.</summary>
    private const double CorrectionTold = 1.25;

    public static Explanation? Explain(FlavorState state, Scheduler scheduler, RunKey run, DateTimeOffset now)
    {
        if (state.Running.TryGetValue(run, out var running))
            return Running(state, running, now);
        if (state.Queue.Find(run) is not { } waiting)
            return null;
        var demand = waiting.RankedDemand;
        var proposal = scheduler.Propose(demand, now);
        var eta = scheduler.ForecastsAt(now).Of(run, now);
        var where = waiting.Reservation is { } reservation
            ? Text($"{run} holds a reservation for {Gpus(waiting.Demand.Gpus, state)}, planned to start " +
                $"{PromiseText.Start(reservation, now)}; it has waited {Age(now - waiting.Since)}.")
            : Text($"{run} waits in the queue of {state.Flavor} for {Counted.Of(waiting.Demand.Gpus, "GPU")}; it " +
                $"has waited {Age(now - waiting.Since)}.");
        return new Explanation(
            run,
            waiting.Reservation is null ? RunPhase.Pending : RunPhase.Reserved,
            where,
            [.. WhyWaiting(state, waiting, now), .. Reasons(state, scheduler, demand, proposal.Cover, now)],
            Ahead(state, scheduler.QueueAt(now), waiting, now),
            Remedies(state, scheduler, demand, now),
            eta,
            [.. proposal.Cover.Chunks.Select(chunk => Claim(state, chunk))],
            Queue: scheduler.QueueAt(now).PlaceOf(run));
    }

    public static Plan Plan(FlavorState state, Scheduler scheduler, Demand demand, DateTimeOffset now)
    {
        if (state.Running.TryGetValue(demand.Run, out var running))
        {
            var claims = running.Leases.Select(
                lease => new PlannedClaim(lease.Group, lease.Gpus(), lease.Payer, state.Funding.ClassOf(lease.Id)));
            return new Plan(demand.Run, "running", [.. claims], [.. running.Leases.SelectMany(lease => lease.Slots)],
                [], null, 0, [], []);
        }
        var waiting = state.Queue.Find(demand.Run);
        var proposal = scheduler.Propose(demand, now);
        var reservation = waiting?.Reservation ?? proposal.Reservation;
        var planned = proposal.Cover.Chunks.Select(
            chunk => new PlannedClaim(chunk.Group, chunk.Gpus, chunk.Payer, chunk.Class));
        if (proposal.Leases is { } leases && waiting is null)
            return new Plan(demand.Run, "bound", [.. planned], [.. leases.SelectMany(lease => lease.Slots)],
                [.. (proposal.Cuts ?? []).Select(cut => cut.Run)], null, 0, [], []);
        var eta = waiting is not null ? scheduler.ForecastsAt(now).Of(demand.Run, now)
            : !scheduler.CanEverFit(demand) ? null
            : reservation is { IntendedSlice.Count: > 0 }
                ? Forecaster.At(state, now, reservation.EarliestStart - now, state.Durations.Expected(demand)).Eta
            : Forecaster.Behind(state, now, demand.Gpus, state.Durations.Expected(demand));
        return new Plan(
            demand.Run,
            reservation is null ? "waiting" : "reserved",
            [.. planned],
            reservation?.IntendedSlice ?? [],
            [],
            eta,
            Math.Max(0, demand.Gpus - state.Fleet.Free),
            Reasons(state, scheduler, demand, proposal.Cover, now),
            Remedies(state, scheduler, demand, now));
    }

    /// <summary>What would start a demand sooner. Each remedy is tried against the state, not guessed.</summary>
    public static IReadOnlyList<string> Remedies(
        FlavorState state, Scheduler scheduler, Demand demand, DateTimeOffset now)
    {
        var remedies = new List<string>();
        var cover = state.Funding.Cover(demand);
        if (demand.RequiredLevel() is { } level && FitsNow(scheduler, demand with { LevelRequired = false }, now))
            remedies.Add($"Prefer its {PromiseText.NameOf(level)} rather than require it (locality.levelPolicy: " +
                "preferred): it would start now.");
        if (demand.OneDomain && FitsNow(scheduler, demand with { OneDomain = false }, now))
            remedies.Add(
                (demand.GroupGpus > 0 ? "Allow its groups to be in different fabric domains" : "Allow it to span " +
                "fabric domains, and prefer that level if it asks for it") +
                " (locality.allowCrossGroupSpread: true): it would start now.");
        if (demand.GroupGpus > 0 && FitsNow(scheduler, demand with { GroupGpus = 0, OneDomain = false }, now))
            remedies.Add("Drop its placement groups (locality.groupGPUs): it would start now.");
        if (demand.Selector is { Count: > 0 } && FitsNow(scheduler, demand with { Selector = null }, now))
            remedies.Add("Drop its selector (locality.selector): it would start now.");
        var room = Packer.Room(state.Fleet, state.Fleet.Eligible(demand.Selector));
        if (room > 0 && room < demand.Gpus
            && FitsNow(scheduler, demand with { Gpus = room, GroupGpus = Math.Min(demand.GroupGpus, room) }, now))
            remedies.Add(Text($"Ask for {Counted.Of(room, "GPU")} instead of {demand.Gpus}: it would start now."));
        if (!cover.IsFunded)
            remedies.AddRange(FundingRemedies(state, scheduler, demand, cover));
        return remedies;
    }

    private static IEnumerable<string> FundingRemedies(
        FlavorState state, Scheduler scheduler, Demand demand, Cover cover)
    {
        var sponsors = state.Funding.Envelopes.Where(
            envelope => envelope.Terms.Lending?.IsFor(demand.Owner) == true && envelope.Terms.IsOpen(state.At)
                && demand.Funding?.Sponsors.Contains(envelope.Owner) != true)
            .Select(envelope => envelope.Owner).Distinct().ToArray();
        foreach (var sponsor in sponsors)
        {
            var asked = demand with { Funding = new RunFunding { AllowBorrow = true,
                MaxBorrowGPUs = demand.Funding?.MaxBorrowGPUs,
                Sponsors = [.. demand.Funding?.Sponsors ?? [], sponsor] } };
            if (state.Funding.Cover(asked).UnfundedGpus() is var left && left < cover.UnfundedGpus())
                yield return Text(
                    $"Borrow from {sponsor} (sponsors add): {Counted.Of(cover.UnfundedGpus() - left, "more GPU")} " +
                    $"would be funded, " +
                    $"and unfunded work would yield to it once all are.");
        }
        var funded = demand.Gpus - cover.Chunks.Sum(
            chunk => chunk.Role == LeaseRole.Active && chunk.Class == FundingClass.Unfunded ? chunk.Gpus : 0);
        if (funded > 0 && demand.GroupGpus == 0)
            yield return Text($"Ask for {Counted.Of(funded, "GPU")}, which {(funded == 1 ? "is" : "are")} funded: " +
                $"unfunded work would yield to it.");
        if (scheduler.NextOpening(demand) is { } opening)
            yield return Text($"Wait for {opening.At.UtcDateTime:u}, when a window opens that funds it.");
        yield return Text(
            $"Have the budget of {demand.Owner} raised by {Counted.Of(cover.UnfundedGpus(), "GPU")}: it would be " +
            $"funded.");
    }

    private static Explanation Running(FlavorState state, RunningRun run, DateTimeOffset now)
    {
        var claims = run.Leases.Select(
            lease => Claim(state, new CoverChunk(
            lease.Group, lease.Gpus(), lease.Payer, state.Funding.ClassOf(lease.Id), lease.Role))).ToArray();
        var nodes = run.Leases.SelectMany(lease => lease.Slots).Select(slots => slots.Node).Distinct().Count();
        var domains = run.Leases.SelectMany(lease => lease.Slots).Select(
            slots => state.Fleet.Find(slots.Node)?.Domain()).Distinct().Count();
        var where = Text(
            $"{run.Demand.Run} runs on {Gpus(run.Gpus(), state)} of {Counted.Of(nodes, "node")} in " +
            $"{Units(state, run)}{Counted.Of(domains, "fabric domain")}, for {Age(now - run.StartedAt)} now.");
        var unfunded = run.Leases.Any(lease => state.Funding.ClassOf(lease.Id) == FundingClass.Unfunded);
        string[] sooner = unfunded
            ? ["Part of it is unfunded: it yields when funded work needs the GPUs. A sponsor or a larger budget " +
                "would protect it."] : [];
        return new Explanation(run.Demand.Run, RunPhase.Running, where, [], [], sooner, null, claims);
    }

    /// <summary>The units of its level that a run is in, before its domains. Empty without one.</summary>
    private static string Units(FlavorState state, RunningRun run)
    {
        if (run.Demand.Level is not { } level || level == LocalityLevel.Node)
            return "";
        var units = run.Leases.Where(lease => lease.Role == LeaseRole.Active).SelectMany(lease => lease.Slots)
            .Select(slots => state.Fleet.Find(slots.Node)?.Unit(level)).Distinct().Count();
        return $"{Counted.Of(units, PromiseText.NameOf(level))} of ";
    }

    private static IEnumerable<string> WhyWaiting(FlavorState state, WaitingRun waiting, DateTimeOffset now)
    {
        if (Corrected(state, waiting.Demand) is { } corrected)
            yield return corrected;
        if (Forecaster.KeptUntil(state, waiting, now) is { } kept)
            yield return Text($"It was cut {waiting.Demand.EarlyCuts} times in a row soon after it had started, so " +
                $"until {kept.UtcDateTime:u} it does not start where it may have to yield at once.");
        if (PromiseText.WindowFor(state, waiting, now) is { } window)
            yield return window;
        if (waiting.Reservation is { } reservation && PromiseText.Moves(reservation) is { } moves)
            yield return moves;
    }

    /// <summary>That a run is not expected to take what it states, where it makes a difference.</summary>
    private static string? Corrected(FlavorState state, Demand demand) =>
        demand.ExpectedDuration is { } stated
            && state.Durations.FactorOf(demand.Owner) is { } factor and (< 1 / CorrectionTold or > CorrectionTold)
            ? Text($"It states {Age(stated)}, but runs of {demand.Owner} took {factor:0.##} times what they stated, " +
                $"so it is expected to take {Age(state.ExpectedDuration(demand))}.")
            : null;

    private static List<string> Reasons(
        FlavorState state, Scheduler scheduler, Demand demand, Cover cover, DateTimeOffset now)
    {
        var reasons = new List<string>();
        var room = Packer.Room(state.Fleet, state.Fleet.Eligible(demand.Selector));
        var obstacle = scheduler.ObstacleTo(demand, cover, now);
        if (Describe(obstacle, state, demand, room) is { } reason)
            reasons.Add(reason);
        if (!cover.IsFunded)
            reasons.Add(
                Text($"{cover.UnfundedGpus()} of its {Counted.Of(demand.Gpus, "GPU")} " +
                    $"{(cover.UnfundedGpus() == 1 ? "is" : "are")} not funded, so it may not make others yield and " +
                    $"starts when GPUs are idle."));
        else if (scheduler.WithheldLoss(demand, cover, now) is { } withheld)
            reasons.Add(withheld.IsSoon
                ? "It is funded, and is expected to fit within minutes, so nobody is cut for it."
                : Withheld(state, scheduler, demand, withheld.Loss));
        else if (obstacle == PlacementObstacle.ShortOfGpus)
            reasons.Add(state.Funding.UnfundedGpus == 0
                ? "It is funded, but no unfunded work runs that could yield to it."
                : $"It is funded, but making all unfunded work yield " +
                    $"({Counted.Of(state.Funding.UnfundedGpus, "GPU")}) would not make room for it.");
        return reasons;
    }

    private static string Withheld(FlavorState state, Scheduler scheduler, Demand demand, long loss)
    {
        var latest = state.Queue.Find(demand.Run) is { } waiting
            ? Text($", until {scheduler.ServedBy(waiting).UtcDateTime:u} at the longest") : "";
        return Text($"It is funded, and others would have to make room for it; but that would destroy " +
            $"{loss / 3600.0:0.#} GPU-hours of their work, which is more than its wait costs: it waits for their " +
            $"end{latest}.");
    }

    private static string? Describe(PlacementObstacle obstacle, FlavorState state, Demand demand, int room) =>
        obstacle switch
    {
        PlacementObstacle.FleetTooSmall =>
            PromiseText.NeverFits(state, demand),
        PlacementObstacle.ShortOfGpus =>
            Text($"{Counted.Of(demand.Gpus - room, "GPU")} short: {room} of the {Gpus(state.Fleet.Gpus, state)} " +
                $"{(room == 1 ? "is" : "are")} free" +
                $"{(demand.Selector is { Count: > 0 } ? " where its selector allows" : "")}, it asks for " +
                $"{demand.Gpus}."),
        PlacementObstacle.Fragmented =>
            Text($"Fragmented: {Counted.Are(room, "GPU")} free, but not together as it asks" +
                $"{PromiseText.Shape(demand)}" +
                $"{(PromiseText.LevelShort(state, demand, free: true) is { } level ? $", {level}" : "")}."),
        PlacementObstacle.ReservedForOthers =>
            "The GPUs that are free are kept for a reservation ahead of it, which it would outlast.",
        _ => null,
    };

    private static List<string> Ahead(
        FlavorState state, QueueOrder queue, WaitingRun waiting, DateTimeOffset now)
    {
        if (queue.PlaceOf(waiting.Demand.Run) is not { } place)
            return [];
        var (ranking, then) = (state.RankingAt(now), queue.Runs[place.Position - 1]);
        var ahead = queue.Runs.Take(place.Position - 1).ToList();
        var lines = ahead.TakeLast(AheadShown)
            .Select(other => Ahead(other.Waiting.Demand) + (other.Waiting.Reservation is null ? "" : ", reserved")
                + "; " + WhyAhead(ranking, other, then)).ToList();
        if (ahead.Count > AheadShown)
        {
            var gpus = ahead.SkipLast(AheadShown).Sum(other => (long)other.Waiting.Demand.Gpus);
            lines.Insert(0, Text($"{ahead.Count - AheadShown} more before these, {Counted.Of(gpus, "GPU")}"));
        }
        return lines;
    }

    private static string Ahead(Demand demand) =>
        Text($"{demand.Run} of {demand.Owner}: {Counted.Of(demand.Gpus, "GPU")}");

    /// <summary>Why a run is served before another, in the order of <see cref="QueueOrder"/>.</summary>
    private static string WhyAhead(Ranking ranking, ServedRun other, ServedRun then)
    {
        if (other.Turn == ServingTurn.Sliced)
            return then.Turn == ServingTurn.Sliced ? "it was submitted before, and both have their slots"
                : "it has its slots";
        if (other.Turn != then.Turn)
            return other.Waiting.Reservation is null ? "it can be funded"
                : "it is reserved for, since it can be funded";
        return ranking.WhyFirst(other.Waiting.Demand, then.Waiting.Demand);
    }

    private static string Claim(FlavorState state, CoverChunk chunk)
    {
        var what = Counted.Of(chunk.Gpus, chunk.Role == LeaseRole.Spare ? "spare GPU" : "GPU");
        if (chunk.Class != FundingClass.Unfunded)
            return Text(
                $"group {chunk.Group}: {what} {chunk.Class.ToString().ToLowerInvariant()}, paid by " +
                $"{chunk.Payer} of {state.Funding.OwnerOf(chunk.Payer!.Value)}");
        return chunk.Payer is { } payer && state.Funding.OwnerOf(payer) is not null
            ? Text($"group {chunk.Group}: {what} unfunded; {payer} has no room")
            : Text($"group {chunk.Group}: {what} unfunded; no envelope is near");
    }

    private static string Gpus(int gpus, FlavorState state) => Counted.Of(gpus, $"{state.Flavor} GPU");

    private static bool FitsNow(Scheduler scheduler, Demand demand, DateTimeOffset now) =>
        scheduler.Propose(demand, now).Leases is not null;

    private static string Age(TimeSpan age) => Duration.Format(TimeSpan.FromSeconds(Math.Round(age.TotalSeconds)));

    // Jobtree runs with invariant globalization, so numbers have the same format everywhere.
    private static string Text(ref DefaultInterpolatedStringHandler text) => text.ToStringAndClear();
}
