using System.Threading.Channels;
using System.Collections.Concurrent;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Tests;

/// <summary>Takes reports, after refusing the first few, and hands them to a test that awaits them.</summary>
internal sealed class RecordedExits(int refusals = 0) : IExecutionReports
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Channel<Exit> exits = Channel.CreateUnbounded<Exit>();
    private int left = refusals;

    /// <summary>The telemetry of runs in the order it came.</summary>
    public ConcurrentQueue<(RunKey Run, WorkloadReport Report)> Telemetry { get; } = new();

    /// <summary>The last usage of each node.</summary>
    public ConcurrentDictionary<string, NodeUsage> Nodes { get; } = new();

    /// <summary>How many telemetry lines were not taken, by reason.</summary>
    public ConcurrentDictionary<string, int> Lost { get; } = new();

    public ValueTask Reported(RunKey run, WorkloadReport report)
    {
        Telemetry.Enqueue((run, report));
        return ValueTask.CompletedTask;
    }

    public ValueTask Reported(string node, NodeUsage usage)
    {
        Nodes[node] = usage;
        return ValueTask.CompletedTask;
    }

    public void Dropped(string reason, int lines) => Lost.AddOrUpdate(reason, lines, (_, before) => before + lines);

    public ValueTask Exited(RunKey run, int attempt, bool succeeded, string? message)
    {
        if (Interlocked.Decrement(ref left) >= 0)
            throw new InvalidOperationException("not now");
        exits.Writer.TryWrite(new Exit(run, attempt, succeeded, message));
        return ValueTask.CompletedTask;
    }

    public async Task<Exit> Next()
    {
        using var enough = new CancellationTokenSource(Patience);
        return await exits.Reader.ReadAsync(enough.Token);
    }

    public Exit? TakeIfAny() => exits.Reader.TryRead(out var exit) ? exit : null;
}
