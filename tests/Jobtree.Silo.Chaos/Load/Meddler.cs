using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Jobtree.Core.Model;
using Jobtree.Silo.Chaos.Checks;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>
/// Holds runs that wait, cut ones among them, and lets them go on some seconds later, or only in the next round; and
/// shrinks elastic ones that run.
/// </summary>
internal sealed class Meddler(ApiClients api, RunBook book, RunMaker maker, Findings findings)
{
    private const int StaysHeldOnceIn = 4;
    private const int PageRuns = 500;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(400);
    private static readonly RunPhase[] Phases = [RunPhase.Pending, RunPhase.Reserved, RunPhase.Waiting];

    private readonly ConcurrentQueue<Task> underWay = new();
    private long holds;
    private long releases;
    private long shrinks;

    /// <summary>How many holds were acknowledged.</summary>
    public long Holds => Interlocked.Read(ref holds);

    /// <summary>How many releases were acknowledged.</summary>
    public long Releases => Interlocked.Read(ref releases);

    /// <summary>How many commands to shrink were acknowledged.</summary>
    public long Shrinks => Interlocked.Read(ref shrinks);

    /// <summary>Lets go on what is held since before, then holds one run after the other until told to stop.</summary>
    public async Task Run(CancellationToken stop, CancellationToken giveUp)
    {
        await ReleaseAll(giveUp);
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            await Task.Delay(Beat, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stop.IsCancellationRequested && await Waiting(Phases[turn % Phases.Length]) is { } run
                && run.TryHold())
                underWay.Enqueue(Hold(run, stop, giveUp));
        }
    }

    /// <summary>Brings what was begun to its outcome.</summary>
    public async Task Finish()
    {
        while (underWay.TryDequeue(out var begun))
            await begun;
    }

    /// <summary>Lets everything go on that is held.</summary>
    public Task ReleaseAll(CancellationToken giveUp) =>
        Task.WhenAll(book.Runs.Where(run => run.IsHeld).Select(run => Release(run, giveUp)));

    /// <summary>Shrinks an elastic run by a step.</summary>
    public void Shrink(SubmittedRun run, CancellationToken giveUp) => underWay.Enqueue(ShrinkOnce(run, giveUp));

    private async Task<SubmittedRun?> Waiting(RunPhase phase)
    {
        if (await api.Read($"/v1/runs?namespace={maker.Namespace}&phase={phase}&limit={PageRuns}",
            CancellationToken.None) is not { } text)
            return null;
        using var page = JsonDocument.Parse(text);
        var items = page.RootElement.GetProperty("items");
        if (items.GetArrayLength() == 0)
            return null;
        var name = items[Random.Shared.Next(items.GetArrayLength())].GetProperty("metadata").GetProperty("name");
        return book.Find(new RunKey(maker.Namespace, name.GetString()!)) is { Standing: Standing.Acknowledged } run
            ? run : null;
    }

    private async Task Hold(SubmittedRun run, CancellationToken stop, CancellationToken giveUp)
    {
        var answer = await api.Command(
            Path(run, "hold"), """{"reason":"chaos"}""", $"hold-{Guid.CreateVersion7():N}", giveUp);
        if (!answer.IsSuccess)
        {
            run.LetGo();
            if (answer.Status != HttpStatusCode.Conflict && !run.HasLost) // It started meanwhile, or ended.
                findings.Add($"A hold on {run.Key} was refused after {answer.Tries} tries: {answer}");
            return;
        }
        Interlocked.Increment(ref holds);
        run.IsHeld = true;
        await Task.Delay(Random.Shared.Next(1_000, 6_000), stop)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stop.IsCancellationRequested && !maker.OnceIn(StaysHeldOnceIn))
            await Release(run, giveUp);
    }

    private async Task Release(SubmittedRun run, CancellationToken giveUp)
    {
        run.IsHeld = false;
        var answer = await api.Command(Path(run, "release"), null, $"release-{Guid.CreateVersion7():N}", giveUp);
        run.LetGo();
        run.IsHeld = false; // The store may have lost something meanwhile, and the hold been back for that time.
        if (answer.IsSuccess)
            Interlocked.Increment(ref releases);
        else if (!run.HasLost && (answer.Status != HttpStatusCode.Conflict || !await IsOver(run, giveUp)))
            findings.Add($"{run.Key} is held, and its release was refused after {answer.Tries} tries: {answer}");
    }

    /// <summary>Whether a run has ended without being told to: what it follows failed, or its node.</summary>
    private async Task<bool> IsOver(SubmittedRun run, CancellationToken giveUp)
    {
        string? text;
        while ((text = await api.Read(Path(run, ""), giveUp)) is null)
            await Task.Delay(Beat, giveUp);
        using var read = JsonDocument.Parse(text);
        return read.RootElement.GetProperty("status").GetProperty("phase").GetString()
            is nameof(RunPhase.Completed) or nameof(RunPhase.Failed);
    }

    private async Task ShrinkOnce(SubmittedRun run, CancellationToken giveUp)
    {
        var answer = await api.Command(
            Path(run, "shrink"), $$"""{"gpus":{{RunMaker.GpusStep}}}""", $"shrink-{Guid.CreateVersion7():N}", giveUp);
        if (answer.IsSuccess)
        {
            run.Shrank();
            Interlocked.Increment(ref shrinks);
            return;
        }
        // It has ended meanwhile, or is as narrow as it may be.
        var isTooNarrow = answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableContent
            && answer.Body.Contains("shrink", StringComparison.Ordinal);
        if (answer.Status != HttpStatusCode.Conflict && !isTooNarrow && !run.HasLost)
            findings.Add($"A command to shrink {run.Key} was refused after {answer.Tries} tries: {answer}");
    }

    private static string Path(SubmittedRun run, string command) =>
        $"/v1/runs/{run.Key.Namespace}/{run.Key.Name}{(command.Length > 0 ? "/" : "")}{command}";
}
