using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Jobtree.Core.Model;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Measuring;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>
/// Submits runs at a steady rate, reports the ends of those that run, cancels some, and lists; meanwhile others are
/// held, let go on and shrunk. Whatever is begun is brought to a known outcome, unless the cluster does not give one.
/// </summary>
internal sealed class LoadGenerator(
    ApiClients api, RunBook book, RunMaker maker, Meddler meddler, FailoverMeter failovers, Findings findings,
    double rate)
{
    private const int Submitters = 48;
    private const int Enders = 48;
    private const int CancelOnceIn = 20;
    private const int ListOnceIn = 40;
    private const int ShrinkOnceIn = 4;
    private const int PageRuns = 500;

    /// <summary>So many open runs at most: a queue that only grows would be another test.</summary>
    private const int OpenMax = 2000;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> starts = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(Submitters) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Channel<SubmittedRun> ends = Channel.CreateUnbounded<SubmittedRun>();
    private readonly Lock gate = new();
    private readonly PriorityQueue<SubmittedRun, long> due = new();
    private bool isEmptying;

    /// <summary>Loads the cluster until told to stop, then brings what was begun to its outcome.</summary>
    /// <param name="stop">Ends the beginning of new things.</param>
    /// <param name="giveUp">Ends everything.</param>
    public async Task Run(CancellationToken stop, CancellationToken giveUp)
    {
        var meddling = maker.IsVaried ? meddler.Run(stop, giveUp) : Task.CompletedTask;
        // What rounds before left open is cancelled, or it would fill the fleet.
        foreach (var run in book.Runs.Where(
            run => run.Standing == Standing.Acknowledged && run.Key.Namespace != maker.Namespace))
            Schedule(run);
        await Task.WhenAll([
            .. Ending(stop, giveUp), Pace(stop),
            .. Enumerable.Range(0, Submitters).Select(_ => Submit(stop, giveUp)), meddling,
        ]);
        await meddler.Finish();
        GiveBack();
    }

    /// <summary>Submits nothing, lets everything go on that is held, and reports the ends of all that runs.</summary>
    /// <param name="stop">Ends it.</param>
    /// <param name="giveUp">Ends everything.</param>
    public async Task Empty(CancellationToken stop, CancellationToken giveUp)
    {
        isEmptying = true;
        await meddler.ReleaseAll(giveUp);
        await Task.WhenAll(Ending(stop, giveUp));
        GiveBack();
    }

    private IEnumerable<Task> Ending(CancellationToken stop, CancellationToken giveUp) =>
        [Look(stop, giveUp), PassDue(stop), .. Enumerable.Range(0, Enders).Select(_ => End(stop, giveUp))];

    private void GiveBack()
    {
        lock (gate)
        {
            while (due.TryDequeue(out var run, out _))
                run.GiveBack();
        }
        while (ends.Reader.TryRead(out var run))
            run.GiveBack();
    }

    private async Task Pace(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Beat);
        var owed = 0.0;
        while (await Ticks(timer, stop))
        {
            for (owed += rate * Beat.TotalSeconds; owed >= 1; owed--)
            {
                if (book.Open < OpenMax)
                    starts.Writer.TryWrite(true);
            }
        }
    }

    private async Task Submit(CancellationToken stop, CancellationToken giveUp)
    {
        while (await Next(starts.Reader, stop) is (true, _))
        {
            var run = maker.Next();
            book.Add(run);
            var answer = await api.Command("/v1/runs", run.Body, run.Operation, giveUp);
            if (!answer.IsSuccess)
            {
                run.Standing = Standing.Refused;
                findings.Add($"The submission of {run.Key} was refused after {answer.Tries} tries: {answer}");
                continue;
            }
            book.Acknowledge(run);
            using var applied = JsonDocument.Parse(answer.Body);
            if (applied.RootElement.GetProperty("items")[0].GetProperty("outcome").GetString() != "bound")
                continue;
            failovers.Admitted(run.Flavor, answer.Began);
            Schedule(run);
        }
    }

    private async Task End(CancellationToken stop, CancellationToken giveUp)
    {
        while (await Next(ends.Reader, stop) is (true, var run))
        {
            var isCancelled = !isEmptying
                && (run!.Key.Namespace != maker.Namespace || maker.OnceIn(CancelOnceIn));
            var path = $"/v1/runs/{run!.Key.Namespace}/{run.Key.Name}";
            var answer = isCancelled
                ? await api.Command($"{path}/cancel", null, $"cancel-{run.Key.Namespace}-{run.Key.Name}", giveUp)
                : await api.Command($"{path}/complete",
                    $$"""{"succeeded":true,"message":"exit code 0","attempt":{{run.Attempt}}}""",
                    $"complete-{Guid.CreateVersion7():N}", giveUp);
            // Only what has ended already cannot be cancelled: its upstream failed, or its node.
            if (answer.IsSuccess || (isCancelled && answer.Status == HttpStatusCode.Conflict))
                book.End(run);
            else if (answer.Status == HttpStatusCode.Conflict)
                run.GiveBack();
            else if (!(run.HasLost && answer.Status == HttpStatusCode.NotFound))
                findings.Add(
                    $"The end of {run.Key}, whose submission was acknowledged, was refused after {answer.Tries} " +
                    $"tries: {answer}");
            if (maker.OnceIn(ListOnceIn))
                await api.Read($"/v1/runs?namespace={run.Key.Namespace}&limit=100", stop.IsCancellationRequested
                    ? giveUp : CancellationToken.None);
        }
    }

    /// <summary>Looks for runs that have started after they waited.</summary>
    private async Task Look(CancellationToken stop, CancellationToken giveUp)
    {
        using var timer = new PeriodicTimer(LookEvery);
        while (await Ticks(timer, stop))
        {
            string[] namespaces = isEmptying ? [.. book.Runs.Where(run => run.Standing == Standing.Acknowledged)
                .Select(run => run.Key.Namespace).Distinct()] : [maker.Namespace];
            foreach (var ns in namespaces)
                await Look(ns, giveUp);
        }
    }

    private async Task Look(string ns, CancellationToken giveUp)
    {
        foreach (var (key, attempt) in await List(ns, "Running"))
        {
            if (book.Find(key) is not { Standing: Standing.Acknowledged } run)
                continue;
            run.Attempt = attempt;
            Schedule(run);
            if (run is { GpusMax: not null, IsLong: true } && !isEmptying && maker.OnceIn(ShrinkOnceIn))
                meddler.Shrink(run, giveUp);
        }
    }

    private async Task<IReadOnlyList<(RunKey Run, int Attempt)>> List(string ns, string phase)
    {
        var found = new List<(RunKey, int)>();
        var next = "";
        while (await api.Read($"/v1/runs?namespace={ns}&phase={phase}&limit={PageRuns}{next}",
            CancellationToken.None) is { } text)
        {
            using var page = JsonDocument.Parse(text);
            foreach (var item in page.RootElement.GetProperty("items").EnumerateArray())
            {
                var name = item.GetProperty("metadata").GetProperty("name").GetString()!;
                var status = item.GetProperty("status");
                found.Add((new RunKey(ns, name),
                    status.TryGetProperty("attempt", out var attempt) ? attempt.GetInt32() : 0));
            }
            if (!page.RootElement.TryGetProperty("continue", out var more) || more.GetString() is not { } cursor)
                break;
            next = $"&continue={Uri.EscapeDataString(cursor)}";
        }
        return found;
    }

    private void Schedule(SubmittedRun run)
    {
        if (!run.TryEnd())
            return;
        lock (gate)
            due.Enqueue(run, Environment.TickCount64
                + (long)(isEmptying ? TimeSpan.Zero : maker.Duration(run)).TotalMilliseconds);
    }

    private async Task PassDue(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Beat);
        while (await Ticks(timer, stop))
        {
            lock (gate)
            {
                while (due.TryPeek(out var run, out var at) && at <= Environment.TickCount64)
                {
                    due.Dequeue();
                    ends.Writer.TryWrite(run);
                }
            }
        }
    }

    private static async Task<bool> Ticks(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<(bool IsThere, T? Item)> Next<T>(ChannelReader<T> reader, CancellationToken stop)
    {
        try
        {
            return (true, await reader.ReadAsync(stop));
        }
        catch (OperationCanceledException)
        {
            return (false, default);
        }
    }
}
