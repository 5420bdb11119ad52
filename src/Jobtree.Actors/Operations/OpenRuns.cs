using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs.Loads;
using Jobtree.Manifests;

namespace Jobtree.Actors.Operations;

/// <summary>
/// Refuses runs while those that are open take as much as the fleet may hold, or as one submitter or the owners of one
/// family may have of it. They are counted every second or two. What was accepted here since then counts in addition,
/// and before anybody is refused they are counted anew.
/// </summary>
/// <param name="fleet">The actors.</param>
/// <param name="limits">What the fleet may hold.</param>
/// <param name="time">The clock.</param>
internal sealed class OpenRuns(IFleet fleet, RunLimits limits, TimeProvider time)
{
    /// <summary>One of so many parts of all is for others than a submitter whom grants bind, or than his owners.
    /// </summary>
    private const int OwnPart = 2;

    /// <summary>One of so many parts of all is for those whom no grants bind.</summary>
    private const int KeptPart = 8;

    private static readonly TimeSpan CountAge = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private Counted last = new(OpenLoad.None, default, null);
    private Task<Counted>? counting;
    private Amount accepted;

    /// <summary>Why some runs are refused; null: they are accepted, and count from now on.</summary>
    /// <param name="manifests">The documents; those of other kinds do not count.</param>
    /// <param name="ownerOf">The owner that a run has.</param>
    /// <param name="command">The command that submits them.</param>
    public async ValueTask<Problem?> Accept(
        IReadOnlyList<Manifest> manifests, Func<RunManifest, string> ownerOf, ApplyCommand command)
    {
        var asked = default(Amount);
        var owners = new HashSet<string>();
        foreach (var run in manifests.OfType<RunManifest>())
        {
            asked += Of(run);
            if (command.IsBounded)
                owners.Add(OpenLoad.FamilyOf(ownerOf(run)));
        }
        if (asked.Runs == 0)
            return null;
        if (TryAccept(await Recent(), command, owners, asked) is null)
            return null;
        var counted = await CountAgain();
        if (TryAccept(counted, command, owners, asked) is null)
            return null;
        foreach (var run in manifests.OfType<RunManifest>())
        {
            // It is open, and so it is counted.
            if (await fleet.Run(run.Key).Get() is { IsOver: false })
                asked -= Of(run);
        }
        return asked.Runs == 0 ? null : TryAccept(counted, command, owners, asked);
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

    private Problem? TryAccept(
        Counted counted, ApplyCommand command, IReadOnlySet<string> owners, Amount asked)
    {
        lock (gate)
        {
            var since = accepted - counted.Accepted + asked;
            var load = counted.Load;
            var refusal = Refusal(new LoadPart("The fleet", load.Runs, load.Bytes), since,
                command.IsBounded ? KeptPart : int.MaxValue);
            if (refusal is null && command is { IsBounded: true, By: { } by })
                refusal = Refusal(load.OfSubmitter(by), since, OwnPart);
            if (refusal is null)
                refusal = owners.Select(family => Refusal(load.OfOwners(family), since, OwnPart))
                    .FirstOrDefault(static problem => problem is not null);
            accepted += refusal is null ? asked : default;
            return refusal;
        }
    }

    /// <summary>Why somebody may not have so much more; one of so many parts of all is for others.</summary>
    private Problem? Refusal(LoadPart part, Amount more, int kept)
    {
        var (runsMax, bytesMax) = (Most(limits.OpenMax, kept), Most(limits.OpenBytesMax, kept));
        return part.Runs + more.Runs > runsMax ? Problem(part.Of, $"{runsMax} runs that wait or run")
            : part.Bytes + more.Bytes > bytesMax
                ? Problem(part.Of, $"{Mebibytes(bytesMax)} of memory for runs that wait or run")
            : null;
    }

    private static long Most(long all, int part) => all - all / part;

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
