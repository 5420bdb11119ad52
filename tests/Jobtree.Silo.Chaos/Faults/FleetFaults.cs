using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Jobtree.Core.Model;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Load;

namespace Jobtree.Silo.Chaos.Faults;

/// <summary>
/// Takes nodes and budgets away and gives them back, through the API, whatever becomes of its silos meanwhile. What and
/// whom follows from the seed.
/// </summary>
internal sealed class FleetFaults(ApiClients api, Findings findings, int seed, TextWriter log)
{
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(3);

    /// <summary>Until nodes are to be empty: long enough for commands that are repeated while silos are away.</summary>
    private static readonly TimeSpan EmptyIn = TimeSpan.FromMinutes(1);

    // Nodes fail more often than the rest happens: that does the most.
    private static readonly FleetFaultKind[] Kinds = [.. Enum.GetValues<FleetFaultKind>(), FleetFaultKind.FenceNode];

    private readonly Random random = new(~seed);
    private readonly ConcurrentDictionary<FleetFaultKind, int> done = [];
    private readonly ConcurrentDictionary<string, bool> away = [];

    /// <summary>How often each was done.</summary>
    public IReadOnlyDictionary<FleetFaultKind, int> Done => done;

    /// <summary>Does one thing after the other until told to stop, and takes everything back.</summary>
    public async Task Run(CancellationToken stop)
    {
        var mends = new List<Task>();
        while (true)
        {
            await Task.Delay(500 + random.Next(1500), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                break;
            mends.Add(Strike(Drawn(Kinds), TimeSpan.FromMilliseconds(1000 + random.Next(6000))));
        }
        await Task.WhenAll(mends);
    }

    /// <summary>Does one thing, and takes it back after a while.</summary>
    /// <param name="kind">What.</param>
    /// <param name="time">For how long.</param>
    public Task Strike(FleetFaultKind kind, TimeSpan time) => kind == FleetFaultKind.CutBudget
        ? CutBudget(Drawn(ChaosFleet.BudgetNames), random.Next(4) / 4.0, time)
        : TakeNode(Drawn(ChaosFleet.NodesOf(Drawn(ChaosFleet.AllFlavors))), kind, time);

    private T Drawn<T>(IReadOnlyList<T> among) => among[random.Next(among.Count)];

    private async Task TakeNode(string node, FleetFaultKind kind, TimeSpan time)
    {
        if (!away.TryAdd(node, true))
            return;
        await Note(kind, node, time);
        var (state, emptyBy) = kind switch
        {
            FleetFaultKind.FenceNode => (NodeState.Fenced, ""),
            FleetFaultKind.DrainNode => (NodeState.Draining,
                $",\"emptyBy\":\"{(DateTimeOffset.UtcNow + EmptyIn).ToString("O", CultureInfo.InvariantCulture)}\""),
            _ => (NodeState.Cordoned, ""),
        };
        var path = $"/v1/nodes/{node}/state";
        await Command(path, $$"""{"state":"{{state}}","reason":"chaos"{{emptyBy}}}""");
        await Task.Delay(time);
        await Command(path, $$"""{"state":"{{NodeState.Ready}}","reason":"chaos is over"}""");
        away.TryRemove(node, out _);
    }

    private async Task CutBudget(string budget, double part, TimeSpan time)
    {
        if (!away.TryAdd(budget, true))
            return;
        await Note(FleetFaultKind.CutBudget, budget, time);
        await Command("/v1/manifests", ChaosFleet.Budget(budget, part));
        await Task.Delay(time);
        await Command("/v1/manifests", ChaosFleet.Budget(budget, 1));
        away.TryRemove(budget, out _);
    }

    private async Task Note(FleetFaultKind kind, string whom, TimeSpan time)
    {
        done.AddOrUpdate(kind, 1, static (_, count) => count + 1);
        await log.WriteLineAsync($"{DateTime.UtcNow:HH:mm:ss.fff} {kind} {whom} for {time.TotalSeconds:0.0} s");
    }

    private async Task Command(string path, string body)
    {
        using var giveUp = new CancellationTokenSource(GiveUpAfter);
        try
        {
            var answer = await api.Command(path, body, $"chaos-{Guid.CreateVersion7():N}", giveUp.Token);
            // A node is drained by an instant, which may have passed while silos were away.
            var isLate = answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableContent
                && answer.Tries > 1 && body.Contains(nameof(NodeState.Draining), StringComparison.Ordinal);
            if (!answer.IsSuccess && !isLate)
                findings.Add($"{path} {body} was refused after {answer.Tries} tries: {answer}");
        }
        catch (OperationCanceledException)
        {
            findings.Add($"{path} {body} had no outcome within {GiveUpAfter.TotalSeconds:0} s.");
        }
    }
}
