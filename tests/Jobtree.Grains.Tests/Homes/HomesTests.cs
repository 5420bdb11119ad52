using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Jobtree.Grains.Homes;
using Orleans.Runtime;

namespace Jobtree.Grains.Tests.Homes;

/// <summary>Where runs live, by the members of a cluster.</summary>
public sealed class HomesTests
{
    private static readonly SiloAddress[] Silos = [.. Enumerable.Range(0, 4)
        .Select(number => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_111 + number), 7 + number))];

    private static readonly GrainId[] Runs = [
        .. Enumerable.Range(0, 4_000).Select(number => GrainId.Create(
        RunHomes.GrainTypeName, string.Create(CultureInfo.InvariantCulture, $"team-{number % 9}/train-{number}")))];

    [Fact]
    public void Every_silo_has_its_share()
    {
        var homes = Of(1, 0, 1, 2, 3);
        foreach (var silo in Silos)
            Assert.InRange(Runs.Count(run => homes.Of(run)!.SiloAddress!.Equals(silo)), Runs.Length / 5,
                Runs.Length / 3);
    }

    [Fact]
    public void All_agree_in_whatever_order_they_heard_of_the_members()
    {
        var (one, other) = (Of(1, 0, 1, 2), Of(2, 2, 0, 1));
        Assert.All(Runs, run => Assert.Equal(one.Of(run)!.SiloAddress, other.Of(run)!.SiloAddress));
    }

    [Fact]
    public void A_silo_that_comes_or_goes_moves_only_runs_to_or_from_itself()
    {
        var (three, four) = (Of(1, 0, 1, 2), Of(2, 0, 1, 2, 3));
        Assert.All(Runs, run => Assert.True(four.Of(run)!.SiloAddress!.Equals(Silos[3])
            || four.Of(run)!.SiloAddress!.Equals(three.Of(run)!.SiloAddress)));
    }

    [Fact]
    public void Only_active_silos_have_runs()
    {
        var homes = HomeTable.In(
            new ClusterMembershipSnapshot(Members((0, SiloStatus.Dead), (1, SiloStatus.Active),
            (2, SiloStatus.ShuttingDown), (3, SiloStatus.Joining)), new MembershipVersion(9)));
        Assert.All(Runs, run => Assert.Equal(Silos[1], homes.Of(run)!.SiloAddress));
        Assert.Null(HomeTable.In(
            new ClusterMembershipSnapshot(Members((0, SiloStatus.Joining)), new MembershipVersion(1))).Of(Runs[0]));
    }

    private static HomeTable Of(long version, params int[] silos) =>
        HomeTable.In(new ClusterMembershipSnapshot(
            Members([.. silos.Select(silo => (silo, SiloStatus.Active))]), new MembershipVersion(version)));

    private static ImmutableDictionary<SiloAddress, ClusterMember> Members(
        params (int Silo, SiloStatus Status)[] members) =>
        members.ToImmutableDictionary(
            member => Silos[member.Silo], member => new ClusterMember(Silos[member.Silo], member.Status, "silo"));
}
