using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Silo.Demo;

/// <summary>
/// Plays days against a fleet: submits the runs of the plan, ends those that start when their work would be done, and
/// does what else the plan has. All durations are shortened by the same factor.
/// </summary>
/// <param name="client">The fleet.</param>
/// <param name="dayLasts">How long a day is played.</param>
/// <param name="output">Receives what the workloads print.</param>
/// <param name="log">Receives a line for what nobody expected.</param>
/// <param name="time">The clock.</param>
internal sealed class DayPlayer(
    DayClient client, TimeSpan dayLasts, WorkloadOutput output, Action<string> log, TimeProvider time)
{
    private const string Json = "application/json";
    private static readonly TimeSpan PauseBetweenWatches = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReportsEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NodesReportEvery = TimeSpan.FromSeconds(10);

    private readonly Agenda agenda = new(time);
    private readonly ConcurrentDictionary<string, DayRun> open = new();
    private readonly ConcurrentDictionary<string, DayWorkload> working = new();
    private readonly double shortening = dayLasts / DayPlan.Length;
    private long unexpected;

    /// <summary>Requests that were answered otherwise than planned.</summary>
    public long Unexpected => Interlocked.Read(ref unexpected);

    /// <summary>Applies the nodes and budgets of the day.</summary>
    /// <exception cref="IOException">The fleet refused them, or did not answer.</exception>
    public async Task Prepare(CancellationToken cancellation)
    {
        await using var resource = typeof(DayPlayer).Assembly.GetManifestResourceStream("day.yaml")!;
        using var reader = new StreamReader(resource);
        var fleet = await reader.ReadToEndAsync(cancellation);
        try
        {
            var answer = await client.Send("v1/manifests", fleet, "application/yaml", cancellation);
            if (!answer.Succeeded)
                throw new IOException($"The fleet refused the nodes and budgets of the day: {answer.Text}");
        }
        catch (HttpRequestException failure)
        {
            throw new IOException($"The fleet does not answer: {failure.Message}", failure);
        }

        agenda.Add(agenda.Now, ReportNodes);
    }

    /// <summary>Puts a day on the agenda.</summary>
    /// <param name="plan">The day.</param>
    /// <param name="day">Its number, from 1.</param>
    public void Add(DayPlan plan, int day)
    {
        var began = dayLasts * (day - 1);
        foreach (var run in plan.Runs)
            agenda.Add(began + Shortened(run.At), () => Submit(run));
        foreach (var happening in plan.Events)
            agenda.Add(began + Shortened(happening.At), () => Bring(happening));
    }

    /// <summary>Plays what is on the agenda, and ends what runs, until it is cancelled.</summary>
    public async Task Play(CancellationToken cancellation)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var first = await Task.WhenAny(agenda.Run(both.Token), Follow(both.Token));
        await both.CancelAsync();
        await first;
    }

    private TimeSpan Shortened(TimeSpan ofDay) => ofDay * shortening;

    private async Task Submit(DayRun run)
    {
        open[run.Key] = run;
        Expect(await Ask("v1/runs", Manifest(run)), run.Key);
        if (run.CancelledAfter is { } after)
            agenda.Add(agenda.Now + Shortened(after), () => Cancel(run));
    }

    // A run that has ended meanwhile cannot be cancelled, which is no surprise.
    private async Task Cancel(DayRun run)
    {
        if (open.ContainsKey(run.Key))
            await Ask($"v1/runs/{run.Key}/cancel", "");
    }

    private JsonObject Spec(DayRun run)
    {
        var spec = new JsonObject
        {
            ["owner"] = run.Team.Owner,
            ["resources"] = new JsonObject { ["gpuType"] = run.Team.Flavor, ["totalGPUs"] = run.Gpus },
        };
        if (run.GroupGpus is { } group)
            spec["locality"] = new JsonObject { ["groupGPUs"] = group };
        if (run.Spares > 0)
            spec["sparesPerGroup"] = run.Spares;
        if (run.Declares is { } declared)
            spec["runtime"] = new JsonObject { ["expectedDuration"] = Duration.Format(Shortened(declared)) };
        if (run.Team.Sponsor is { } sponsor)
            spec["funding"] = new JsonObject { ["allowBorrow"] = true, ["sponsors"] = new JsonArray(sponsor) };
        return spec;
    }

    private string Manifest(DayRun run) => new JsonObject
    {
        ["apiVersion"] = "jobtree.dev/v1",
        ["kind"] = "Run",
        ["metadata"] = new JsonObject { ["name"] = run.Name, ["namespace"] = run.Team.Namespace },
        ["spec"] = Spec(run),
    }.ToJsonString();

    private Task Bring(DayEvent happening) => happening switch
    {
        NodeEvent node => SetState(node),
        ReadEvent read => Ask(read.Path, null),
        MistakeEvent mistake => Ask(mistake.Path, mistake.Body),
        _ => throw new ArgumentException($"The player does not know {happening}."),
    };

    private async Task SetState(NodeEvent node)
    {
        var body = new JsonObject { ["state"] = $"{node.State}", ["reason"] = node.Reason }.ToJsonString();
        var answer = await Ask($"v1/nodes/{node.Node}/state", body);
        Expect(answer, node.Node);
    }

    /// <summary>Follows all runs, so that each start gets its end.</summary>
    private async Task Follow(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await foreach (var state in client.Watch(cancellation))
                    Heard(state);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
                log($"The watch of runs broke off and begins again: {broken.Message}");
            }

            await Task.Delay(PauseBetweenWatches, time, cancellation);
        }
    }

    private void Heard(DayRunState state)
    {
        if (!open.TryGetValue(state.Key, out var run))
            return;
        if (!state.IsRunning)
            working.TryRemove(state.Key, out _);
        if (state.HasEnded)
            open.TryRemove(state.Key, out _);
        if (!state.IsRunning || (working.TryGetValue(state.Key, out var known) && known.Attempt == state.Attempt))
            return;
        var workload = new DayWorkload(run, state.Attempt, agenda.Now, Shortened(run.Lasts));
        working[state.Key] = workload;
        agenda.Add(agenda.Now + Shortened(run.Lasts * (run.FailsAt ?? 1)), () => End(workload));
        if (run.Epochs > 0)
            agenda.Add(agenda.Now, () => Report(workload));
    }

    private bool IsPresent(DayWorkload workload) =>
        working.TryGetValue(workload.Run.Key, out var present) && present == workload;

    private async Task End(DayWorkload workload)
    {
        if (!IsPresent(workload))
            return;
        var run = workload.Run;
        var failed = run.FailsAt is not null;
        if (failed)
            output.Print(run, workload.Attempt, "ERROR: rank 0 found a loss that is no number\n", isError: true);
        var body = new JsonObject
        {
            ["succeeded"] = !failed,
            ["message"] = failed ? "Rank 0 ended with exit code 1." : "exit code 0",
            ["attempt"] = workload.Attempt,
        };
        // A run that was cut at this instant refuses the report of the attempt that it no longer has.
        await Ask($"v1/runs/{run.Key}/complete", body.ToJsonString());
    }

    // A report that comes behind the end of its attempt is refused, which harms nobody.
    private async Task Report(DayWorkload workload)
    {
        if (!IsPresent(workload))
            return;
        var now = agenda.Now;
        output.Print(workload.Run, workload.Attempt, workload.Lines(now));
        await Ask($"v1/runs/{workload.Run.Key}/telemetry", workload.Report(now));
        agenda.Add(now + ReportsEvery, () => Report(workload));
    }

    /// <summary>Reports, as an agent on each node would, how busy the nodes are.</summary>
    private async Task ReportNodes()
    {
        var now = agenda.Now;
        agenda.Add(now + NodesReportEvery, ReportNodes);
        if (await Ask("v1/nodes?limit=1000", null) is { Succeeded: true } answer)
        {
            foreach (var (node, usage) in DayNodeUsage.Of(answer.Text, now))
                await Ask($"v1/nodes/{node}/telemetry", usage);
        }
    }

    private async Task<DayAnswer?> Ask(string path, string? body)
    {
        try
        {
            return await client.Send(path, body, Json, CancellationToken.None);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            Interlocked.Increment(ref unexpected);
            log($"No answer to {path}: {failure.Message}");
            return null;
        }
    }

    private void Expect(DayAnswer? answer, string what)
    {
        if (answer is not { Succeeded: false })
            return;
        Interlocked.Increment(ref unexpected);
        log(string.Create(CultureInfo.InvariantCulture,
            $"{what} was refused with {(int)answer.Status}: {answer.Text}"));
    }
}
