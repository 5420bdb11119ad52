using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

public sealed class ServingOrderTests
{
    /// <summary>One waits 2 h for 10 h of work, the other 30 min for 10 min.</summary>
    [Theory]
    [InlineData("fair", false)]
    [InlineData("fifo", null)] // Then the order of submission decides.
    [InlineData("shortest", false)]
    public void An_order_ranks_runs_by_what_they_waited_and_will_take(string name, bool? isLongFirst)
    {
        var order = ServingOrders.Of(ServingOrders.Named(name));
        var ranks = order.RankOf(TimeSpan.FromHours(2), TimeSpan.FromHours(10))
            .CompareTo(order.RankOf(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(10)));
        Assert.Equal(isLongFirst, ranks == 0 ? null : ranks > 0);
        Assert.Contains(name, ServingOrders.Names);
    }

    [Fact]
    public void Nobody_is_overtaken_for_ever_by_the_fair_order()
    {
        var fair = ServingOrders.Of(ServingOrder.Fair);
        Assert.True(fair.RankOf(TimeSpan.FromDays(1), TimeSpan.FromDays(365))
            > fair.RankOf(TimeSpan.FromHours(23), TimeSpan.FromSeconds(1)));
    }
}
