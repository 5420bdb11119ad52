using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs.Loads;
using Jobtree.Manifests;

namespace Jobtree.Actors.Operations;

/// <summary>
/// Refuses runs while those that are open take as much as the fleet may hold, or as one submitter may have of it. They
/// are counted every second or two. What was accepted here since then counts in addition, and before anybody is refused
/// they are counted anew.
/// </summary>
/// <param name="fleet">The actors.</param>
/// <param name="limits">What the fleet may hold.</param>
/// <param name="time">The clock.</param>
internal sealed class OpenRuns(IFleet fleet, RunLimits limits, TimeProvider time)
{
    /// <summary>The part of all that whom grants bind may have, one for each so many.</summary>
    private const int OwnPart = 2;

    /// <summary>The part of all that is kept for whom no grants bind, one for each so many.</summary>
    private const int KeptPart = 8;

    private static readonly TimeSpan CountAge = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private Counted last = new(OpenLoad.None, default, null);
    private Task<Counted>? counting;
    private Amount accepted;

    /// <summary>Why some runs are refused; null: they are accepted, and count from now on.</summary>
    /// <param name="manifests">The documents; those of other kinds do not count.</param>
    /// <param name="command">The command that submits them.</param>
    public async ValueTask<Problem?> Accept(IReadOnlyList<Manifest> manifests, ApplyCommand command)
    {
        var asked = default(Amount);
        foreach (var manifest in manifests)
        {
            if (manifest is RunManifest run)
                asked += Of(run);
        }
        if (asked.Runs == 0)
            return null;
        if (TryAccept(await Recent(), command, asked) is null)
            return null;
        var counted = await CountAgain();
        if (TryAccept(counted, command, asked) is null)
            return null;
        foreach (var run in manifests.OfType<RunManifest>())
        {
            // It is open, and so it is counted.
            if (await fleet.Run(run.Key).Get() is { IsOver: false })
                asked -= Of(run);
        }
        return asked.Runs == 0 ? null : TryAccept(counted, command, asked);
    }

    private static Amount Of(RunManifest run) => new(1, RunWeight.Of(run.Spec, run.Labels));

    private async ValueTask<Counted> Recent()
    {
        var seen = Volatile.Read(ref last);
        var age = seen.At is { } at ? time.GetElapsedTime(at) : TimeSpan.MaxValue;
        if (age >= CountAge)
            return await CountAgain();
        // Whoever comes often never waits for a count.
        if (age >= CountAge / 2)
            _ = CountAgain();
        return seen;
    }

    private Task<Counted> CountAgain()
    {
        lock (gate)
            return counting is { IsCompleted: false } underWay ? underWay : counting = Count();
    }

    private async Task<Counted> Count()
    {
        var at = time.GetTimestamp();
        Amount before;
        lock (gate)
            before = accepted;
        var counted = new Counted(await fleet.Runs().Load(), before, at);
        Volatile.Write(ref last, counted);
        return counted;
    }

    private Problem? TryAccept(Counted counted, ApplyCommand command, Amount asked)
    {
        lock (gate)
        {
            var since = accepted - counted.Accepted + asked;
            var all = new Amount(counted.Load.Runs, counted.Load.Bytes) + since;
            var part = command.IsBounded ? KeptPart : int.MaxValue;
            if (Refusal(all, Most(limits.OpenMax, part), Most(limits.OpenBytesMax, part), "The fleet") is { } refusal)
                return refusal;
            if (command is { IsBounded: true, By: { } by })
            {
                var own = counted.Load.Of(by);
                refusal = Refusal(new Amount(own.Runs, own.Bytes) + since, Most(limits.OpenMax, OwnPart),
                    Most(limits.OpenBytesMax, OwnPart), by);
            }
            else
            {
                refusal = null;
            }
            accepted += refusal is null ? asked : default;
            return refusal;
        }
    }

    private static long Most(long all, int part) => all - all / part;

    private static Problem? Refusal(Amount held, long runsMax, long bytesMax, string whose) =>
        held.Runs > runsMax ? Problem(whose, $"{runsMax} runs that wait or run")
        : held.Bytes > bytesMax ? Problem(whose, $"{Mebibytes(bytesMax)} of memory for runs that wait or run")
        : null;

    private static Problem Problem(string whose, string most) => new(
        ProblemCode.LimitReached,
        $"{whose} may have at most {most}; submit again when some have ended.");

    private static string Mebibytes(long bytes) =>
        (bytes / 1048576.0).ToString("0.#", CultureInfo.InvariantCulture) + " MiB";

    /// <summary>Some runs, and about how many bytes they take.</summary>
    private readonly record struct Amount(long Runs, long Bytes)
    {
        public static Amount operator +(Amount a, Amount b) => new(a.Runs + b.Runs, a.Bytes + b.Bytes);

        public static Amount operator -(Amount a, Amount b) => new(a.Runs - b.Runs, a.Bytes - b.Bytes);
    }

    /// <summary>A count, what had been accepted here before it, and when it began; null: never.</summary>
    private sealed record Counted(OpenLoad Load, Amount Accepted, long? At);
}
