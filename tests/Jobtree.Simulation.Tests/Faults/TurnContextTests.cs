using Jobtree.Simulation.Faults.Hosting;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Tests.Faults;

/// <summary>Every await is a point at which another actor may go on, and at which a process may end.</summary>
public sealed class TurnContextTests
{
    private readonly EventLoop loop = new(World.Epoch);
    private readonly List<string> said = [];

    [Fact]
    public void What_awaits_goes_on_in_virtual_time()
    {
        Context(1).Begin(async () =>
        {
            await loop.Delay(TimeSpan.FromHours(1).Ticks);
            said.Add($"after {loop.Time - World.Epoch:hh}");
        });
        Run();
        Assert.Equal(["after 01"], said);
    }

    [Fact]
    public void Seeds_interleave_two_of_them_differently()
    {
        var orders = Enumerable.Range(1, 20).Select(Interleave).ToHashSet();
        Assert.InRange(orders.Count, 3, 20);
        Assert.Equal(Interleave(1), Interleave(1));
    }

    [Fact]
    public void What_belongs_to_the_dead_never_goes_on()
    {
        var context = Context(1);
        context.Begin(async () =>
        {
            said.Add("before");
            await loop.Delay(TimeSpan.FromSeconds(10).Ticks);
            said.Add("after");
        });
        loop.In(TimeSpan.FromSeconds(5).Ticks, context.Die);
        Run();
        Assert.Equal(["before"], said);
    }

    private string Interleave(int seed)
    {
        said.Clear();
        foreach (var name in new[] { "a", "b" })
            new TurnContext(loop, new Chance((ulong)seed).For(Chance.KeyOf(name))).Begin(async () =>
            {
                for (var i = 0; i < 3; i++)
                {
                    await Task.Yield();
                    said.Add(name);
                }
            });
        Run();
        return string.Concat(said);
    }

    private TurnContext Context(ulong seed) => new(loop, new Chance(seed));

    private void Run() => loop.RunUntil(loop.Now + TimeSpan.FromDays(1).Ticks, static () => true);
}
