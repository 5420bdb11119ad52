using Jobtree.Silo.Histories;

namespace Jobtree.Silo.Tests.Histories;

public sealed class GatheringTests : IDisposable
{
    private readonly List<int[]> requests = [];
    private readonly SemaphoreSlim begun = new(0);
    private readonly SemaphoreSlim mayAnswer = new(0);

    public void Dispose()
    {
        begun.Dispose();
        mayAnswer.Dispose();
    }

    [Fact]
    public async Task What_is_asked_during_a_request_goes_out_with_the_next_up_to_its_limit()
    {
        await using var gathering = new Gathering<int, int>(Double, togetherMax: 5, waitingMax: 100);
        var answers = new List<Task<int>> { gathering.Ask(0, default) };
        await begun.WaitAsync();
        answers.AddRange(Enumerable.Range(1, 7).Select(number => gathering.Ask(number, default)));
        mayAnswer.Release(3);
        var told = await Task.WhenAll(answers);
        Assert.Equal([0, 2, 4, 6, 8, 10, 12, 14], told);
        Assert.Equal([[0], [1, 2, 3, 4, 5], [6, 7]], requests);
    }

    [Fact]
    public async Task A_failure_is_told_to_those_of_the_request_and_to_no_other()
    {
        await using var gathering = new Gathering<int, int>(Double, togetherMax: 2, waitingMax: 100);
        var first = gathering.Ask(0, default);
        await begun.WaitAsync();
        Task<int>[] failed = [gathering.Ask(-1, default), gathering.Ask(2, default)];
        var last = gathering.Ask(3, default);
        mayAnswer.Release(3);
        Assert.Equal(0, await first);
        foreach (var one in failed)
            await Assert.ThrowsAsync<ArgumentException>(() => one);
        Assert.Equal(6, await last);
    }

    [Fact]
    public async Task What_waits_is_bounded_and_closing_answers_it()
    {
        var gathering = new Gathering<int, int>(Double, togetherMax: 2, waitingMax: 3);
        var first = gathering.Ask(0, default);
        await begun.WaitAsync();
        var waiting = Enumerable.Range(1, 3).Select(number => gathering.Ask(number, default)).ToArray();
        Assert.Contains("3 questions wait", (await Assert.ThrowsAsync<IOException>(() => gathering.Ask(4, default)))
            .Message, StringComparison.Ordinal);
        var closing = gathering.DisposeAsync();
        mayAnswer.Release(3);
        await closing;
        var told = await Task.WhenAll([first, .. waiting]);
        Assert.Equal([0, 2, 4, 6], told);
        Assert.Equal("The history is closed.",
            (await Assert.ThrowsAsync<IOException>(() => gathering.Ask(5, default))).Message);
    }

    [Fact]
    public async Task Who_waits_no_longer_leaves_the_others_their_answers()
    {
        await using var gathering = new Gathering<int, int>(Double, togetherMax: 2, waitingMax: 3);
        using var impatience = new CancellationTokenSource();
        var gone = gathering.Ask(1, impatience.Token);
        await begun.WaitAsync();
        var other = gathering.Ask(2, default);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        mayAnswer.Release(2);
        Assert.Equal(4, await other);
    }

    [Fact]
    public async Task After_a_request_of_several_the_next_waits_for_more_and_closing_ends_that()
    {
        var gathering = new Gathering<int, int>(Double, 5, 100, linger: TimeSpan.FromHours(1));
        mayAnswer.Release(2);
        // Who asks alone never waits.
        Assert.Equal(0, await gathering.Ask(0, default));
        Assert.Equal(2, await gathering.Ask(1, default));
        for (var request = 0; request < 2; request++)
            await begun.WaitAsync();
        var third = gathering.Ask(2, default);
        await begun.WaitAsync();
        Task<int>[] busy = [gathering.Ask(3, default), gathering.Ask(4, default)];
        mayAnswer.Release(3);
        await Task.WhenAll([third, .. busy]);
        await begun.WaitAsync();
        Task<int>[] last = [gathering.Ask(5, default), gathering.Ask(6, default)];
        Assert.False(await begun.WaitAsync(TimeSpan.FromMilliseconds(20)));
        await gathering.DisposeAsync();
        var told = await Task.WhenAll(last);
        Assert.Equal([10, 12], told);
        Assert.Equal([[0], [1], [2], [3, 4], [5, 6]], requests);
    }

    private async Task<IReadOnlyList<int>> Double(IReadOnlyList<int> numbers)
    {
        requests.Add([.. numbers]);
        begun.Release();
        await mayAnswer.WaitAsync();
        return numbers.Contains(-1) ? throw new ArgumentException("Below 0.")
            : [.. numbers.Select(number => 2 * number)];
    }
}
