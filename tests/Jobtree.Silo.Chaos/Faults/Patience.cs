using System.Diagnostics;

namespace Jobtree.Silo.Chaos.Faults;

/// <summary>Waits for what the cluster should do by itself.</summary>
internal static class Patience
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether something holds before the time is over.</summary>
    public static async Task<bool> Within(TimeSpan time, Func<Task<bool>> isSo)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(began) > time)
                return false;
            await Task.Delay(Look);
        }
        return true;
    }
}
