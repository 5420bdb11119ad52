using Jobtree.Core.Model;
using Jobtree.Grains.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Grains.Listing;

/// <summary>Has runs of a shard go on although nobody calls them. One that cannot be woken is tried again.</summary>
/// <param name="services">The runs, and who is told of failures.</param>
/// <param name="logger">Logs failures.</param>
internal sealed partial class RunWaking(ActorServices services, ILogger logger)
{
    private const int AtOnce = 64;

    private readonly Queue<RunKey> waiting = new();
    private Task waking = Task.CompletedTask;

    /// <summary>Begins to wake runs, and does not wait for the end of that.</summary>
    /// <param name="runs">The runs.</param>
    public void Add(IEnumerable<RunKey> runs)
    {
        foreach (var run in runs)
            waiting.Enqueue(run);
        GoOn();
    }

    /// <summary>Tries those again that could not be woken before.</summary>
    public void GoOn()
    {
        if (waking.IsCompleted && waiting.Count > 0)
            waking = WakeAll();
    }

    /// <summary>Wakes a run.</summary>
    /// <param name="run">The run.</param>
    /// <returns>Whether it could be woken.</returns>
    public async Task<bool> Wake(RunKey run)
    {
        try
        {
            await services.Fleet.Run(run).Resume();
            return true;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            services.Options.Retried?.Invoke("listing", failure);
            WakeFailed(failure, run);
            return false;
        }
    }

    private async Task WakeAll()
    {
        var failed = new List<RunKey>();
        while (waiting.Count > 0)
        {
            var some = new List<RunKey>();
            while (some.Count < AtOnce && waiting.TryDequeue(out var run))
                some.Add(run);
            var isAwake = await Task.WhenAll(some.Select(Wake));
            failed.AddRange(some.Where((_, index) => !isAwake[index]));
        }
        foreach (var run in failed)
            waiting.Enqueue(run);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} could not go on; it is tried again.")]
    private partial void WakeFailed(Exception failure, RunKey run);
}
