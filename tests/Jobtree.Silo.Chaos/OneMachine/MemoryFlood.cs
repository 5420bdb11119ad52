using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Jobtree.Core.Model;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Faults;
using Jobtree.Silo.Chaos.Load;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.OneMachine;

/// <summary>
/// Submits large runs to a silo with a small heap until one is refused: with 429, before anything of it is kept, and
/// without the silo dying of them. When they are cancelled, it takes new runs again.
/// </summary>
internal sealed class MemoryFlood(SiloProcess silo, ApiClients api, RunBook book, Findings findings)
{
    /// <summary>What the heap of the silo may take. It works with a third of that; runs may take a quarter.</summary>
    public const long HeapMax = 400L << 20;

    private const int Characters = 32_000;
    private const int Variables = 6;
    private const int RunsMax = 1_000;
    private static readonly TimeSpan RoomPatience = TimeSpan.FromSeconds(60);

    private int made;

    /// <summary>Does it once, under load.</summary>
    /// <param name="cancellation">Ends the test.</param>
    public async Task Strike(CancellationToken cancellation)
    {
        var (ns, starts) = ($"flood-{++made}", silo.Starts);
        var taken = new List<SubmittedRun>();
        SubmittedRun? refused = null;
        for (var number = 1; number <= RunsMax && refused is null; number++)
        {
            var run = Make(ns, number);
            book.Add(run);
            if (await Submit(run, cancellation))
                taken.Add(run);
            else
                refused = run;
        }
        if (refused is null)
            findings.Add($"{taken.Count} runs of {Variables * Characters} characters were taken by a silo with a heap "
                + $"of {HeapMax} bytes.");
        foreach (var run in taken)
            await Cancel(run, cancellation);
        if (refused is not null)
        {
            refused.Standing = Standing.Refused;
            if (await api.Read($"/v1/runs/{ns}/{refused.Key.Name}", cancellation) is { } kept)
                findings.Add($"{refused.Key} was refused with 429, and is there: {kept}");
            if (!await Patience.Within(RoomPatience, () => Submit(refused, cancellation)))
                findings.Add($"{refused.Key} was refused for want of memory, and {RoomPatience.TotalSeconds:0} s after "
                    + "there was room again it still was.");
            else
                await Cancel(refused, cancellation);
        }
        if (silo.Starts != starts)
            findings.Add("The silo ended while large runs were submitted.");
    }

    /// <summary>Submits a run until it is taken or there is no room for it.</summary>
    private async Task<bool> Submit(SubmittedRun run, CancellationToken cancellation)
    {
        while (true)
        {
            var answer = await api.Try(silo, "/v1/runs", run.Body, run.Operation, cancellation);
            if (answer?.Status == HttpStatusCode.OK)
            {
                book.Acknowledge(run);
                return true;
            }
            if (answer is { Status: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError } refused)
            {
                if (refused.Status != HttpStatusCode.TooManyRequests)
                    findings.Add($"{run.Key} was refused with {(int)refused.Status} {refused.Body}");
                return false;
            }
            await Task.Delay(100, cancellation);
        }
    }

    private async Task Cancel(SubmittedRun run, CancellationToken cancellation)
    {
        var answer = await api.Command($"/v1/runs/{run.Key.Namespace}/{run.Key.Name}/cancel", null,
            $"cancel-{run.Key.Namespace}-{run.Key.Name}", cancellation);
        if (answer.IsSuccess || answer.Status == HttpStatusCode.Conflict)
            book.End(run);
        else
            findings.Add($"{run.Key} could not be cancelled: {answer}");
    }

    private static SubmittedRun Make(string ns, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"large{number}");
        var manifest = new JsonObject
        {
            ["apiVersion"] = "jobtree.dev/v1",
            ["kind"] = "Run",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns },
            ["spec"] = new JsonObject
            {
                ["owner"] = ChaosFleet.Guest,
                ["resources"] = new JsonObject { ["gpuType"] = ChaosFleet.Contested, ["totalGPUs"] = 1 },
                ["workload"] = new JsonObject
                {
                    ["image"] = "large",
                    ["env"] = new JsonObject(Enumerable.Range(1, Variables).Select(number => KeyValuePair.Create(
                        string.Create(CultureInfo.InvariantCulture, $"LARGE_{number}"),
                        (JsonNode?)new string('x', Characters)))),
                },
            },
        };
        return new SubmittedRun(new RunKey(ns, name), ChaosFleet.Contested, manifest.ToJsonString());
    }
}
