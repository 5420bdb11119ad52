using Jobtree.Grains.Hosting;

namespace Jobtree.Grains.Tests.Hosting;

/// <summary>What is remembered is read and replaced by many threads, and none ever sees half of an entry.</summary>
public sealed class RememberedTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Many_threads_read_and_forget()
    {
        var remembered = new Remembered<string>(
            TimeProvider.System, TimeSpan.FromTicks(10), () => Task.FromResult("answer"));
        var end = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(async () =>
        {
            while (TimeProvider.System.GetElapsedTime(end) < Duration)
            {
                if (thread == 0)
                    remembered.Forget();
                Assert.Equal("answer", await remembered.Get());
            }
        })));
    }

    [Fact]
    public async Task What_was_asked_before_it_was_forgotten_is_not_remembered()
    {
        var answers = new Queue<TaskCompletionSource<int>>([new(), new()]);
        var asked = new Queue<TaskCompletionSource<int>>(answers);
        Remembered<int> remembered = null!;
        remembered = new Remembered<int>(TimeProvider.System, TimeSpan.FromHours(1), () =>
        {
            var answer = asked.Dequeue().Task;
            // Somebody forgets between the question and the moment at which its answer would be remembered.
            if (asked.Count == 1)
                remembered.Forget();
            return answer;
        });
        var first = remembered.Get();
        Assert.True(remembered.IsEmpty);
        var second = remembered.Get();
        answers.Dequeue().SetResult(1);
        answers.Dequeue().SetResult(2);
        Assert.Equal((1, 2), (await first, await second));
        Assert.Equal(2, await remembered.Get());
    }

    [Fact]
    public async Task A_failure_is_not_remembered()
    {
        var fails = true;
        var remembered = new Remembered<int>(TimeProvider.System, TimeSpan.FromHours(1), () => fails
            ? Task.FromException<int>(new IOException("away")) : Task.FromResult(1));
        await Assert.ThrowsAsync<IOException>(remembered.Get);
        fails = false;
        Assert.Equal(1, await remembered.Get());
    }
}
