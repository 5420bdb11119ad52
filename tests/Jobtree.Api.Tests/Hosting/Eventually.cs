namespace Jobtree.Api.Tests.Hosting;

/// <summary>Waits for what a host does on its own time.</summary>
public static class Eventually
{
    public static Task Holds(Func<bool> condition) => Holds(() => Task.FromResult(condition()));

    public static async Task Holds(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
            await Task.Delay(5, limit.Token);
    }
}
