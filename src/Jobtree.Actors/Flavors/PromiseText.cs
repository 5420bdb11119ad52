using System.Runtime.CompilerServices;
using Jobtree.Core;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>Says what a promised start rests on, why it moved, and what a run waits for, in words.</summary>
internal static class PromiseText
{
    /// <summary>When a reservation is planned to start, and what that rests on.</summary>
    public static string Start(Reservation reservation, DateTimeOffset now)
    {
        var when = reservation.EarliestStart <= now ? "now" : Text($"in {Age(reservation.EarliestStart - now)}");
        return when + Basis(reservation);
    }

    /// <summary>What a promised start rests on, as the end of a sentence. Empty if it fits by itself.</summary>
    public static string Basis(Reservation reservation) => reservation.Basis switch
    {
        StartBasis.Window => Text(
            $", when the window of {Payers(reservation)} opens ({reservation.EarliestStart.UtcDateTime:u})"),
        StartBasis.Funding => Text($", when claims on {Payers(reservation)} are expected to end"),
        StartBasis.Cuts => ", when others may be made to yield to it",
        StartBasis.Estimate => ", as far as the queue tells: its slots are not planned yet",
        _ => "",
    };

    /// <summary>How often a start was moved later, and why at last. Null if it never was.</summary>
    public static string? Moves(Reservation reservation) => reservation.Moved is not { } moved ? null
        : Text($"Its start was moved later {Times(reservation.Moves)}, last at {moved.At.UtcDateTime:u} from " +
            $"{moved.From.UtcDateTime:u}: {Cause(moved)}.");

    /// <summary>The cause of a move, as the end of a sentence.</summary>
    public static string Cause(PromiseMove moved) => moved.Cause switch
    {
        MoveCause.Outlasted => $"{moved.By} outlasts what was expected of it",
        MoveCause.Node => $"{moved.By}, a node of its slots, takes no new work",
        MoveCause.Funding => $"{moved.By} does not pay for it as planned",
        MoveCause.Ahead => $"{moved.By}, which is ahead of it, is on its slots",
        MoveCause.Demand => "it asks for something else",
        MoveCause.Estimate => "it was an estimate until its slots were planned",
        _ => $"{moved.By ?? "what runs"} does not yield to it as planned",
    };

    /// <summary>
    /// The window that a waiting run needs, if no open one pays for it. Null if it waits for something else.
    /// </summary>
    public static string? WindowFor(FlavorState state, WaitingRun waiting, DateTimeOffset now)
    {
        if (waiting.Reservation is { } reservation)
            return reservation.Basis == StartBasis.Window && reservation.EarliestStart > now
                ? Text($"It waits for the window of {Payers(reservation)}, which opens at " +
                    $"{reservation.EarliestStart.UtcDateTime:u}.") : null;
        return WindowFor(state, waiting.Demand, now);
    }

    /// <summary>The next window that may pay for a demand that open ones do not pay for. Null if none may.</summary>
    public static string? WindowFor(FlavorState state, Demand demand, DateTimeOffset now) =>
        state.Funding.NextOpeningFor(demand, now) is { } opening
            ? Text($"It waits for the window of {opening.Envelope}, which opens at {opening.At.UtcDateTime:u}.")
            : null;

    /// <summary>Why the fleet could never hold a demand as it stands.</summary>
    public static string NeverFits(FlavorState state, Demand demand)
    {
        const string idle = "The fleet as it stands cannot hold it even when idle: ";
        var together = demand.OneDomain ? demand.GpusWithSpares() : demand.GpusOfGroup(0);
        var largest = state.Fleet.LargestDomain(demand.Selector);
        if (demand.KeepsTogether() && together > largest)
            return Text($"{idle}{Gpus(demand)}{Shape(demand)}, {together} of {largest} in the largest domain.");
        var where = state.Fleet.Eligible(demand.Selector);
        var usable = state.Fleet.GpusIn(where);
        if (demand.GpusWithSpares() <= usable && LevelShort(state, demand, free: false) is { } level)
            return Text($"{idle}{Gpus(demand)}{Shape(demand)}, {level}.");
        return Text($"{idle}{Gpus(demand)}{Shape(demand)} of {usable} " +
            $"{(where.IsEverywhere ? "in all" : "where its selector allows")}.");
    }

    /// <summary>
    /// How far the units of the level that a demand requires are from holding its groups, as a part of a sentence. Null
    /// if it requires none.
    /// </summary>
    /// <param name="state">The flavor.</param>
    /// <param name="demand">The demand.</param>
    /// <param name="free">Whether only free GPUs count.</param>
    public static string? LevelShort(FlavorState state, Demand demand, bool free)
    {
        if (demand.RequiredLevel() is not { } level)
            return null;
        var units = state.Fleet.GpusByUnit(level, demand.Selector, free);
        var (name, group) = (NameOf(level), demand.GpusOfGroup(0) - demand.SparesPerGroup);
        var most = units.DefaultIfEmpty().Max();
        if (group > most)
            return Text($"{group} of {most} in the {name} with the most{(free ? " free" : "")}");
        return Text($"and its {name}s have room for {units.Sum(gpus => gpus / group)} of " +
            $"{Counted.Of(demand.Groups(), "group")} at most");
    }

    /// <summary>A level in words.</summary>
    public static string NameOf(LocalityLevel level) =>
        level == LocalityLevel.Domain ? "fabric domain" : level.ToString().ToLowerInvariant();

    /// <summary>The locality that a demand asks for, as the continuation of its GPUs.</summary>
    public static string Shape(Demand demand)
    {
        var spares = demand.SparesPerGroup == 0 ? ""
            : $" with {Counted.Of(demand.SparesPerGroup, "spare")}";
        var level = demand.RequiredLevel() ?? LocalityLevel.Domain;
        var unit = Text($"{(level == LocalityLevel.Node ? "on" : "in")} one {NameOf(level)}");
        return (demand.GroupGpus, demand.OneDomain, demand.LevelRequired) switch
        {
            (0, false, false) => spares,
            (0, _, _) => Text($"{spares} {unit}"),
            (var group, true, true) =>
                Text($" in groups of {group}{spares}, each {unit} and all in one fabric domain"),
            (var group, true, _) => Text($" in groups of {group}{spares} in one fabric domain"),
            (var group, _, _) => Text($" in groups of {group}{spares}, each {unit}"),
        };
    }

    private static string Gpus(Demand demand) => Counted.Of(demand.Gpus, "GPU");

    private static string Payers(Reservation reservation) => string.Join(" and ", reservation.Payers);

    private static string Times(int moves) => moves == 1 ? "once" : Text($"{moves} times");

    private static string Age(TimeSpan age) => Duration.Format(TimeSpan.FromSeconds(Math.Round(age.TotalSeconds)));

    private static string Text(ref DefaultInterpolatedStringHandler text) => text.ToStringAndClear();
}
