using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Silo.Chaos.Load;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.Checks;

/// <summary>
/// What must hold once the faults are over and the load has stopped: the cluster is well again by itself, every fact
/// has been told, journals are whole and agree, every acknowledged run is there, and all silos show the same.
/// </summary>
internal sealed class ClusterCheck(ChaosCluster cluster, ApiClients api, RunBook book, Findings findings)
{
    private const int ReadByName = 100;
    private const int PageRuns = 500;
    private const int ReadTriesMax = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Silos that join in vain give up after 40 s and begin anew, on a busy machine more than once.</summary>
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<RunKey> open = [];

    /// <summary>The journals as they were read so far.</summary>
    public JournalCheck Journals { get; private set; } = new(ChaosFleet.AllFlavors);

    /// <summary>How many runs have not ended.</summary>
    public int OpenRuns => open.Count;

    /// <summary>Waits until every silo says that it is ready.</summary>
    public async Task Healthy(CancellationToken cancellation)
    {
        string? notReady = null;
        await Until(
            async () =>
            {
                foreach (var silo in cluster.Silos)
                {
                    var answer = await api.Ask(silo, "/readyz", cancellation);
                    if (answer?.Status == HttpStatusCode.OK)
                        continue;
                    notReady =
                        $"silo {silo.Index}: {(answer is { } said ? $"{(int)said.Status} {said.Body}" : "no answer")}";
                    return false;
                }
                return true;
            },
            () => $"The cluster was not ready again {ReadyPatience.TotalSeconds:0} s after the faults were over: "
                + notReady,
            cancellation, ReadyPatience);
    }

    /// <summary>Checks everything that this round touched.</summary>
    public async Task Round(string ns, CancellationToken cancellation)
    {
        await using (var store = await cluster.Store())
        {
            var touched = book.Runs.Where(run => run.Key.Namespace == ns).Select(run => run.Key).Concat(open)
                .ToHashSet();
            await Journals.ReadRuns(store, touched);
            await Settle(store, touched, cancellation);
            await Agree(store, touched, cancellation);
            CheckAcknowledged(book.Runs.Where(run => touched.Contains(run.Key)));
            CheckListedIn(await store.AllRuns());
            await Listings(store, touched, cancellation);
        }
        foreach (var violation in Journals.Violations())
            findings.Add(violation);
        await ByName(cancellation);
        await Audits(cancellation);
    }

    /// <summary>
    /// Waits until no run is open, while nothing is submitted and whatever runs is ended: who was cut, held or promised
    /// something is served in the end.
    /// </summary>
    public async Task Emptied(CancellationToken cancellation)
    {
        IReadOnlyList<RunRecord> left = [];
        await using var store = await cluster.Store();
        await Until(
            async () =>
            {
                await Journals.ReadLedgers(store);
                await Journals.ReadRuns(store, open.Where(run => Journals.Find(run) is not { IsOver: true }));
                left = [.. open.Select(Journals.Find).OfType<RunRecord>()
                    .Where(run => !run.IsOver && !Journals.MayStayWaiting(run, Patience))];
                return left.Count == 0;
            },
            () => $"{left.Count} runs were not served by a fleet with room for them within " +
                $"{Patience.TotalSeconds:0} s, the first is {Journals.Describe(left[0].Key)}.",
            cancellation);
        open.RemoveWhere(run => Journals.Find(run) is { IsOver: true });
    }

    /// <summary>Reads everything again from the first record, as somebody does who has seen nothing of it.</summary>
    public async Task Afresh()
    {
        await Restart();
        foreach (var violation in Journals.Violations())
            findings.Add($"Read afresh: {violation}");
    }

    /// <summary>Reads everything again, and goes on from there: the store has lost records.</summary>
    public async Task Restart()
    {
        Journals = new JournalCheck(ChaosFleet.AllFlavors);
        await using var store = await cluster.Store();
        await Journals.ReadLedgers(store);
        await Journals.ReadRuns(store, await store.AllRuns());
    }

    private async Task Settle(Store store, IReadOnlySet<RunKey> touched, CancellationToken cancellation)
    {
        await Until(
            async () =>
            {
                await Journals.ReadLedgers(store);
                await Journals.ReadRuns(store, touched.Where(run => Journals.Find(run) is not { IsOver: true }));
                return Journals.Untold.Count == 0;
            },
            () => $"{Journals.Untold.Count} runs were not told within {Patience.TotalSeconds:0} s what was decided " +
                $"about them, the first is {Journals.Describe(Journals.Untold[0])}.",
            cancellation);
        open.Clear();
        open.UnionWith(touched.Where(run => Journals.Find(run) is { IsOver: false }));
    }

    /// <summary>Waits until runs, flavors and clients mean the same.</summary>
    private async Task Agree(Store store, IReadOnlySet<RunKey> touched, CancellationToken cancellation)
    {
        IReadOnlyList<string> left = [];
        await Until(
            async () =>
            {
                await Journals.ReadLedgers(store);
                await Journals.ReadRuns(store, touched.Where(run => Journals.Find(run) is not { IsOver: true }));
                return (left = Journals.Disagreements(book)).Count == 0;
            },
            () => $"invariant 5: {left.Count} runs did not agree with their flavors and clients within " +
                $"{Patience.TotalSeconds:0} s, the first: {left[0]}.",
            cancellation);
    }

    private void CheckAcknowledged(IEnumerable<SubmittedRun> runs)
    {
        foreach (var run in runs)
        {
            var record = Journals.Find(run.Key);
            if (run.Standing is Standing.Acknowledged or Standing.Ended && record is null)
                findings.Add($"invariant 12: {run.Key} was acknowledged and is not in the journals.");
            if (run.Standing == Standing.Ended && record is { IsOver: false })
                findings.Add($"invariant 12: the end of {run.Key} was acknowledged, and it is {record.Phase}.");
            if (record is not null && record.SubmitOperation != run.Operation && !record.SubmitOperation.EndsWith(
                run.Operation, StringComparison.Ordinal))
                findings.Add(
                    $"invariant 12: {run.Key} was submitted by {record.SubmitOperation}, not by {run.Operation}.");
        }
    }

    /// <summary>The lists from which a silo that starts finds the runs.</summary>
    private void CheckListedIn(IReadOnlySet<RunKey> listed)
    {
        foreach (var run in book.Runs)
        {
            if (run.Standing is Standing.Acknowledged or Standing.Ended && !listed.Contains(run.Key))
                findings.Add($"invariant 12: {run.Key} was acknowledged and is in no shard's list.");
        }
        foreach (var run in listed)
        {
            if (book.Find(run) is null)
                findings.Add($"invariant 12: {run} is in a shard's list, and nobody submitted it.");
        }
    }

    private async Task Listings(Store store, IReadOnlySet<RunKey> touched, CancellationToken cancellation)
    {
        string? difference = null;
        await Until(
            async () =>
            {
                // Reservations may start meanwhile: what is compared with is as new as the listing.
                await Journals.ReadLedgers(store);
                await Journals.ReadRuns(store, touched.Where(run => Journals.Find(run) is not { IsOver: true }));
                difference = null;
                foreach (var silo in cluster.Silos)
                    difference ??= await Difference(silo, touched, cancellation);
                return difference is null;
            },
            () => $"The listing did not agree with the journals within {Patience.TotalSeconds:0} s: {difference}",
            cancellation);
    }

    private async Task<string?> Difference(
        SiloProcess silo, IReadOnlySet<RunKey> touched, CancellationToken cancellation)
    {
        var listed = new Dictionary<RunKey, string>();
        foreach (var ns in touched.Select(run => run.Namespace).Distinct())
        {
            for (string? next = ""; next is not null;)
            {
                if (await api.Ask(silo, $"/v1/runs?namespace={ns}&limit={PageRuns}{next}",
                    cancellation) is not { Status: HttpStatusCode.OK } answer)
                    return $"silo {silo.Index} does not list";
                using var page = JsonDocument.Parse(answer.Body);
                foreach (var item in page.RootElement.GetProperty("items").EnumerateArray())
                    listed.Add(new RunKey(ns, item.GetProperty("metadata").GetProperty("name").GetString()!),
                        item.GetProperty("status").GetProperty("phase").GetString()!);
                next = page.RootElement.TryGetProperty("continue", out var more) && more.GetString() is { } cursor
                    ? $"&continue={Uri.EscapeDataString(cursor)}" : null;
            }
        }
        foreach (var run in touched)
        {
            var phase = Journals.Find(run)?.Phase.ToString();
            if (listed.GetValueOrDefault(run) is var shown && shown != phase)
                return $"silo {silo.Index} shows {run} as {shown ?? "absent"}, and its journal says " +
                    $"{phase ?? "nothing"}";
        }
        return null;
    }

    /// <summary>Some runs, old and new, as anybody reads them.</summary>
    private async Task ByName(CancellationToken cancellation)
    {
        var runs = book.Runs.Where(run => run.Standing is Standing.Acknowledged or Standing.Ended).ToArray();
        Random.Shared.Shuffle(runs);
        foreach (var run in runs.Take(ReadByName))
        {
            var silo = cluster.Silos[Random.Shared.Next(cluster.Silos.Count)];
            (HttpStatusCode Status, string Body)? answer = null;
            // An activation that has read what the store has lost since says so once, and is read anew.
            for (var tries = 0; tries < ReadTriesMax && answer?.Status != HttpStatusCode.OK; tries++)
                answer = await api.Ask(silo, $"/v1/runs/{run.Key.Namespace}/{run.Key.Name}", cancellation);
            if (answer?.Status != HttpStatusCode.OK)
                findings.Add(
                    $"{run.Key} was acknowledged; silo {silo.Index} answers " +
                    $"{(answer is { } said ? $"{(int)said.Status} {said.Body}" : "nothing")}");
        }
    }

    private async Task Audits(CancellationToken cancellation)
    {
        foreach (var silo in cluster.Silos)
        {
            if (await api.Ask(silo, "/v1/audit", cancellation) is not { Status: HttpStatusCode.OK } answer)
            {
                findings.Add($"Silo {silo.Index} does not answer to an audit.");
                continue;
            }
            using var report = JsonDocument.Parse(answer.Body);
            foreach (var violation in report.RootElement.GetProperty("violations").EnumerateArray())
                findings.Add($"Audit of silo {silo.Index}: {violation.GetRawText()}");
        }
    }

    private async Task Until(
        Func<Task<bool>> holds, Func<string> otherwise, CancellationToken cancellation, TimeSpan? patience = null)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(began) > (patience ?? Patience))
            {
                findings.Add(otherwise());
                return;
            }
            await Task.Delay(Pause, cancellation);
        }
    }
}
