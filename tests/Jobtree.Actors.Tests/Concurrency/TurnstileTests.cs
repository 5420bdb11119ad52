using Jobtree.Actors.Local;

namespace Jobtree.Actors.Tests.Concurrency;

/// <summary>Turns of many callers through one turnstile.</summary>
public sealed class TurnstileTests
{
    private readonly Turnstile turnstile = new();

    [Fact]
    public async Task One_turn_is_taken_at_a_time_and_every_turn_once()
    {
        const int Callers = 8;
        const int TurnsEach = 20_000;
        var inside = 0;
        var taken = 0;
        var crowded = false;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < TurnsEach; i++)
            {
                await turnstile.Take(true, _ =>
                {
                    crowded |= Interlocked.Increment(ref inside) != 1;
                    taken++;
                    Interlocked.Decrement(ref inside);
                    return ValueTask.FromResult(true);
                });
            }
        })));
        Assert.False(crowded);
        Assert.Equal(Callers * TurnsEach, taken);
    }

    [Fact]
    public async Task Turns_that_came_during_one_are_taken_behind_it_in_their_order()
    {
        List<int> order = [];
        List<Task> answers = [];
        await turnstile.Take(true, _ =>
        {
            for (var i = 1; i <= 200; i++)
                answers.Add(turnstile.Take(i, Note).AsTask());
            return Note(0);
        });
        await Task.WhenAll(answers);
        Assert.Equal(Enumerable.Range(0, 201), order);

        ValueTask<bool> Note(int turn)
        {
            order.Add(turn);
            return ValueTask.FromResult(true);
        }
    }

    [Fact]
    public async Task It_is_free_again_while_an_answer_is_still_to_come()
    {
        var answer = new TaskCompletionSource<int>();
        var first = turnstile.Take(answer, static answer => new ValueTask<int>(answer.Task));
        Assert.Equal(2, await turnstile.Take(2, static answer => ValueTask.FromResult(answer)));
        Assert.False(first.IsCompleted);
        answer.SetResult(1);
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task A_turn_that_breaks_tells_its_own_caller_and_the_next_is_taken()
    {
        Task<bool>? queued = null;
        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await turnstile.Take(true, ValueTask<bool> (_) =>
        {
            queued = turnstile.Take(true, ValueTask<bool> (_) => throw new ArithmeticException()).AsTask();
            throw new InvalidOperationException();
        }));
        await Assert.ThrowsAsync<ArithmeticException>(() => queued!);
        Assert.True(await turnstile.Take(true, ValueTask.FromResult));
    }
}
