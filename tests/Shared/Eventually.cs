using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Jobtree.Tests;

/// <summary>Waits for what happens on its own time, and says what it waited for when that does not happen.</summary>
internal static class Eventually
{
    private static readonly TimeSpan PatienceDefault = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    public static Task Holds(
        Func<bool> condition, TimeSpan? patience = null,
        [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Holds(() => Task.FromResult(condition()), patience, what);

    public static async Task Holds(
        Func<Task<bool>> condition, TimeSpan? patience = null,
        [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var (began, limit) = (Stopwatch.GetTimestamp(), patience ?? PatienceDefault);
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > limit)
                throw new TimeoutException($"Waited {limit.TotalSeconds:0} s in vain for: {what}");
            await Task.Delay(Look);
        }
    }
}
