using System.Threading.Channels;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Tests;

/// <summary>Takes reports, after refusing the first few, and hands them to a test that awaits them.</summary>
internal sealed class RecordedExits(int refusals = 0) : IExecutionReports
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Channel<Exit> exits = Channel.CreateUnbounded<Exit>();
    private int left = refusals;

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
