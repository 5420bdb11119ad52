using System.Text;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Metering;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.History;

/// <summary>Answers questions about the past from the ledgers, without asking the actors that write them.</summary>
/// <param name="reader">The ledgers.</param>
internal sealed class FleetHistory(LedgerReader reader)
{
    /// <summary>How many questions may read whole ledgers at a time: each keeps a processor and a disk busy.</summary>
    private const int ReadingsMax = 4;

    /// <summary>Entries are dated by the flavor's clock, runs by their own: they may be this far apart.</summary>
    private static readonly TimeSpan ClocksApart = TimeSpan.FromMinutes(1);

    private int readings;

    private static Problem NotKept { get; } = new(ProblemCode.NotFound, "The ledger is not kept so far back.");

    /// <summary>A page of a ledger.</summary>
    public ValueTask<Result<LedgerPage>> Page(
        string flavor, long after, int limit, CancellationToken cancellation) =>
        Reading(() => reader.Page(flavor, after, limit, cancellation));

    /// <summary>What happened to a run since its last submission.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public ValueTask<Result<RunEvents>> Events(RunRecord run, CancellationToken cancellation) =>
        ReadingAll(store => Events(store, run, cancellation));

    private async ValueTask<Result<RunEvents>> Events(ILedgers store, RunRecord run, CancellationToken cancellation)
    {
        var flavor = run.Spec.Resources.GpuType;
        var since = run.SubmittedAt - ClocksApart;
        var after = (await store.StateBefore(flavor, since, cancellation))?.Sequence ?? 0;
        var history = new RunHistory(run.Key, flavor, run.SubmittedAt);
        // Most entries are of other runs: a search for the name is cheaper than reading them.
        var name = Encoding.UTF8.GetBytes($"\"{run.Key}\"");
        long? first = null;
        await foreach (var record in reader.Entries(flavor, after, cancellation))
        {
            first ??= record.Sequence;
            if (record.Bytes.AsSpan().IndexOf(name) >= 0
                && LedgerFormat.Read(record.Bytes, null) is var entry && entry.At >= since)
                history.Read(entry);
        }
        string[] gaps = first > after + 1 ? [LedgerReader.BeginsAt(flavor, first.Value)] : [];
        var told = RunStory.Of(run, history.HasAsked || gaps.Length > 0 ? history.Happenings : []);
        return new RunEvents(run.Key, told, [.. gaps, .. RunStory.GapsOf(run)]);
    }

    /// <summary>The draws of an entry, repeated.</summary>
    public ValueTask<Result<DrawReport>> Draw(string flavor, long sequence, CancellationToken cancellation) =>
        Reading(() => DrawOf(flavor, sequence, cancellation));

    private async ValueTask<Result<DrawReport>> DrawOf(
        string flavor, long sequence, CancellationToken cancellation)
    {
        if (reader.Store is null)
            return LedgerReader.NoLedger;
        if (await reader.Entry(flavor, sequence, cancellation) is not { Entry: var entry })
            return new Problem(ProblemCode.NotFound, $"There is no entry {sequence} in the ledger of {flavor} here.");
        return DrawReport.Of(flavor, entry) is { } report ? report : new Problem(
            ProblemCode.NotFound, $"In entry {sequence} of {flavor} no lot was drawn.");
    }

    /// <summary>Why a run was cut last; null if it was not, or if the store does not have the entry.</summary>
    public async ValueTask<CutReceipt?> Receipt(RunRecord run, CancellationToken cancellation)
    {
        var flavor = run.Spec.Resources.GpuType;
        if (run.LastCut == 0 || reader.Store is null)
            return null;
        var read = await Reading<CutReceipt>(async () =>
            await reader.Entry(flavor, run.LastCut, cancellation) is (var entry, var link)
                && CutReceipt.Of(run.Key, flavor, entry, link, await StateBefore(run.Key, flavor, entry, cancellation))
                    is { } receipt ? receipt : NotKept);
        return read.Succeeded(out var found, out _) ? found : null;
    }

    /// <summary>The state before a cut for want of funding; null if it cannot be told, or not now.</summary>
    private async ValueTask<FlavorState?> StateBefore(
        RunKey run, string flavor, LedgerEntry cut, CancellationToken cancellation)
    {
        if (!CutReceipt.IsForFunding(run, cut))
            return null;
        var replayed = await ReadingAll<FlavorState>(async _ =>
            await reader.StateBefore(flavor, cut, cancellation) is { } state ? state : NotKept);
        return replayed.Succeeded(out var before, out _) ? before : null;
    }

    /// <summary>The last times that a run lost GPUs and went on, oldest first, as far as the store has them.</summary>
    public async ValueTask<IReadOnlyList<RunHappening>?> Losses(RunRecord run, CancellationToken cancellation)
    {
        var flavor = run.Spec.Resources.GpuType;
        if (run.Losses is not { } sequences || reader.Store is null)
            return null;
        var read = await Reading<IReadOnlyList<RunHappening>>(async () =>
        {
            var losses = new List<RunHappening>();
            foreach (var sequence in sequences)
            {
                if (await reader.Entry(flavor, sequence, cancellation) is { Entry: var entry })
                    losses.AddRange(RunLosses.Of(run.Key, flavor, entry));
            }
            return losses;
        });
        return read.Succeeded(out var found, out _) ? found : null;
    }

    /// <summary>Use over an interval.</summary>
    /// <param name="query">The interval, ending no later than now.</param>
    /// <param name="flavors">The flavors.</param>
    /// <param name="to">The end of the interval.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public ValueTask<Result<UsageReport>> Usage(
        UsageQuery query, IReadOnlyList<string> flavors, DateTimeOffset to, CancellationToken cancellation) =>
        query.From < to ? ReadingAll(_ => UsageOf(query, flavors, to, cancellation))
            : new(new Problem(ProblemCode.Invalid, "from: an instant before the end of the interval is allowed."));

    private async ValueTask<Result<UsageReport>> UsageOf(
        UsageQuery query, IReadOnlyList<string> flavors, DateTimeOffset to, CancellationToken cancellation)
    {
        var rows = new List<UsageRow>();
        var gaps = new List<string>();
        var all = new List<ClaimTotals>();
        foreach (var flavor in flavors)
        {
            var (replay, gap) = await Replay(flavor, query.From, to, cancellation);
            if (gap is not null)
                gaps.Add(gap);
            var totals = replay?.Totals.Where(total => IsAsked(total, query)).ToArray() ?? [];
            all.AddRange(totals);
            rows.AddRange(Rows(flavor, query.By, totals));
        }
        return new UsageReport(query.From, to, rows, Hours(all), gaps);
    }

    /// <summary>The leases that were open at an instant, with the classes that they had.</summary>
    public ValueTask<Result<IReadOnlyList<LeaseManifest>>> LeasesAt(
        string flavor, DateTimeOffset instant, CancellationToken cancellation) =>
        ReadingAll(_ => LeasesOf(flavor, instant, cancellation));

    private async ValueTask<Result<IReadOnlyList<LeaseManifest>>> LeasesOf(
        string flavor, DateTimeOffset instant, CancellationToken cancellation)
    {
        var (replay, gap) = await Replay(flavor, instant, instant.AddTicks(1), cancellation);
        if (replay is null || gap is not null)
            return new Problem(ProblemCode.NotFound, gap!);
        return Results.Of<IReadOnlyList<LeaseManifest>>([.. replay.State.Running.Values
            .SelectMany(run => run.Leases).OrderBy(lease => lease.Id)
            .Select(lease => new LeaseManifest(lease, null, replay.State.Funding.ClassOf(lease.Id)))]);
    }

    private async ValueTask<(UsageReplay? Replay, string? Gap)> Replay(
        string flavor, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        var (state, gap) = await reader.BeginBefore(flavor, from, to, cancellation);
        if (state is null && gap is not null)
            return (null, gap);
        var replay = new UsageReplay(flavor, from, to);
        if (state is not null)
            replay.Begin(state);
        await foreach (var record in reader.Entries(flavor, replay.State.Sequence, cancellation))
        {
            replay.Read(record.Bytes);
            if (replay.IsComplete)
                break;
        }
        replay.Finish();
        return (replay, gap);
    }

    /// <summary>Answers a question that reads whole ledgers, unless too many are being answered.</summary>
    private async ValueTask<Result<T>> ReadingAll<T>(Func<ILedgers, ValueTask<Result<T>>> read)
    {
        if (reader.Store is not { } store)
            return LedgerReader.NoLedger;
        if (Interlocked.Increment(ref readings) > ReadingsMax)
        {
            Interlocked.Decrement(ref readings);
            return new Problem(ProblemCode.LimitReached,
                $"{ReadingsMax} questions about the past are being answered already; ask again.");
        }
        try
        {
            return await Reading(() => read(store));
        }
        finally
        {
            Interlocked.Decrement(ref readings);
        }
    }

    private static async ValueTask<Result<T>> Reading<T>(Func<ValueTask<Result<T>>> read)
    {
        try
        {
            return await read();
        }
        catch (IOException)
        {
            return new Problem(ProblemCode.Unavailable, "The ledger cannot be read now; the host's log says why.");
        }
        catch (Exception broken) when (broken is InvalidOperationException or JsonException)
        {
            return new Problem(ProblemCode.Unavailable,
                $"The ledger does not tell the past any more ({broken.Message}); 'audit' finds the place.");
        }
    }

    private static bool IsAsked(ClaimTotals total, UsageQuery query) =>
        (query.Owner is null || OwnerPattern.IsAtOrBelow(total.Owner, query.Owner))
        && (query.VisibleOwners is null
            || query.VisibleOwners.Any(owner => OwnerPattern.IsAtOrBelow(total.Owner, owner)));

    private static IEnumerable<UsageRow> Rows(string flavor, UsageBy by, ClaimTotals[] totals) => by switch
    {
        UsageBy.Run => totals.GroupBy(total => (total.Run, total.Owner)).OrderBy(run => run.Key.Run)
            .Select(run => new UsageRow(flavor, null, run.Key.Run, run.Key.Owner, Hours(run))),
        UsageBy.Owner => totals.GroupBy(total => total.Owner).OrderBy(owner => owner.Key, StringComparer.Ordinal)
            .Select(owner => new UsageRow(flavor, null, null, owner.Key, Hours(owner))),
        _ => totals.GroupBy(total => (total.Payer, total.PayerOwner)).OrderBy(payer => payer.Key.Payer is null)
            .ThenBy(payer => payer.Key.Payer?.ToString(), StringComparer.Ordinal)
            .ThenBy(payer => payer.Key.PayerOwner, StringComparer.Ordinal)
            .Select(payer => new UsageRow(flavor, payer.Key.Payer, null, payer.Key.PayerOwner, Hours(payer))),
    };

    private static ClassSplit Hours(IEnumerable<ClaimTotals> totals) =>
        ClaimTotals.GpuSeconds(totals).Times(1 / 3600d);
}
