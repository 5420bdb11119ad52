using System.Threading.Channels;

namespace Jobtree.Silo.Histories;

/// <summary>
/// Sends many questions as one: while one request is under way, further questions gather for the next, as in a group
/// commit. The more are asked at a time, the less each costs.
/// </summary>
/// <typeparam name="TQuestion">A question.</typeparam>
/// <typeparam name="TAnswer">Its answer.</typeparam>
internal sealed class Gathering<TQuestion, TAnswer> : IAsyncDisposable
{
    private readonly Func<IReadOnlyList<TQuestion>, Task<IReadOnlyList<TAnswer>>> ask;
    private readonly int togetherMax;
    private readonly int waitingMax;
    private readonly TimeSpan linger;
    private readonly TaskCompletionSource closing = new();
    private readonly Channel<Asked> waiting;
    private readonly Task asking;

    /// <param name="ask">Sends a request. It gives an answer for each question, in their order, and fails for all
    /// together.</param>
    /// <param name="togetherMax">The most questions of a request.</param>
    /// <param name="waitingMax">The most questions that wait; further ones are refused.</param>
    /// <param name="linger">How long a request waits for more questions after one that had several: who asks alone
    /// never waits.</param>
    public Gathering(Func<IReadOnlyList<TQuestion>, Task<IReadOnlyList<TAnswer>>> ask, int togetherMax,
        int waitingMax, TimeSpan linger = default)
    {
        (this.ask, this.togetherMax, this.waitingMax, this.linger) = (ask, togetherMax, waitingMax, linger);
        waiting = Channel.CreateBounded<Asked>(new BoundedChannelOptions(waitingMax) { SingleReader = true });
        asking = Task.Run(AskAll);
    }

    /// <summary>Asks a question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IOException">Too many questions wait, or nothing is asked any more.</exception>
    public Task<TAnswer> Ask(TQuestion question, CancellationToken cancellation)
    {
        var one = new Asked(question);
        return waiting.Writer.TryWrite(one) ? one.Answer.Task.WaitAsync(cancellation)
            : Task.FromException<TAnswer>(new IOException(waiting.Reader.Completion.IsCompleted
                ? "The history is closed." : $"The history does not keep up: {waitingMax} questions wait for it."));
    }

    /// <summary>Asks what waits, and takes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        closing.TrySetResult();
        await asking;
    }

    private async Task AskAll()
    {
        var together = new List<Asked>();
        var isBusy = false;
        while (await waiting.Reader.WaitToReadAsync())
        {
            if (isBusy && linger > TimeSpan.Zero)
                await Task.WhenAny(Task.Delay(linger), closing.Task);
            while (together.Count < togetherMax && waiting.Reader.TryRead(out var one))
                together.Add(one);
            try
            {
                var answers = await ask([.. together.Select(static one => one.Question)]);
                for (var i = 0; i < together.Count; i++)
                    together[i].Answer.SetResult(answers[i]);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                together.ForEach(one => one.Answer.TrySetException(failure));
            }
            isBusy = together.Count > 1;
            together.Clear();
        }
    }

    /// <summary>A question, and who waits for its answer.</summary>
    private sealed record Asked(TQuestion Question)
    {
        public TaskCompletionSource<TAnswer> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
