using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Jobtree.Actors.Runs;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;
using Jobtree.Core.Model;

namespace Jobtree.Bench.Admissions;

/// <summary>
/// Submits runs and completes as many. It does not wait for the disk: up to <see cref="InFlightMax"/> answers are
/// outstanding, each measured from the call to the moment at which it is durable.
/// </summary>
internal sealed class Producer(BenchFleet fleet, RunMix mix, int gpus)
{
    private const int InFlightMax = 1024;

    private readonly List<(RunKey Run, int Gpus)> running = [];
    private readonly Latencies keptAtOnce = new();
    private long operations;
    private int used;

    /// <summary>From submission to durable answer, of the last time it ran.</summary>
    public Latencies Latencies { get; } = new();

    /// <summary>Runs that did not fit at once, of the last time it ran.</summary>
    public long Waited { get; private set; }

    public async Task Fill()
    {
        while (used < gpus)
            await Submit();
        await fleet.Kept();
    }

    public async Task Run(TimeSpan duration)
    {
        Latencies.Clear();
        keptAtOnce.Clear();
        Waited = 0;
        var answers = Channel.CreateBounded<(long Began, Task Kept)>(
            new BoundedChannelOptions(InFlightMax) { SingleReader = true, SingleWriter = true });
        var answering = Task.Run(() => Answer(answers.Reader));
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < duration)
        {
            while (used > gpus)
                await Complete();
            var submitted = Stopwatch.GetTimestamp();
            if (!await Submit())
                continue;
            if (fleet.Kept().AsTask() is { IsCompletedSuccessfully: false } kept)
                await answers.Writer.WriteAsync((submitted, kept));
            else
                keptAtOnce.AddSince(submitted);
        }
        answers.Writer.Complete();
        await answering;
        Latencies.AddAll(keptAtOnce);
    }

    private async Task Answer(ChannelReader<(long Began, Task Kept)> answers)
    {
        await foreach (var (began, kept) in answers.ReadAllAsync())
        {
            await kept;
            Latencies.AddSince(began);
        }
    }

    private async ValueTask<bool> Submit()
    {
        var (key, owner, spec) = mix.Next();
        var answer = await fleet.Fleet.Run(key).Submit(new Submission(spec, owner, null, Operation()));
        if (!answer.Succeeded(out var run, out var problem))
            throw new InvalidOperationException($"{key} was refused: {problem.Detail}");
        if (run.Phase == RunPhase.Running)
        {
            running.Add((key, spec.Resources.TotalGPUs));
            used += spec.Resources.TotalGPUs;
            return true;
        }
        Waited++;
        await fleet.Fleet.Run(key).Cancel(Operation());
        return false;
    }

    private async ValueTask Complete()
    {
        var at = mix.Pick(running.Count);
        var (run, width) = running[at];
        running[at] = running[^1];
        running.RemoveAt(running.Count - 1);
        used -= width;
        await fleet.Fleet.Run(run).Complete(new CompletionReport(true, null, Operation()));
    }

    private string Operation() => (operations++).ToString(CultureInfo.InvariantCulture);
}
