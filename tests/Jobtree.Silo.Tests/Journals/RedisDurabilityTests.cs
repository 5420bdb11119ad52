using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Servers;
using StackExchange.Redis;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

public sealed class RedisDurabilityTests
{
    [Theory]
    [InlineData("yes", "always", "0", "noeviction", true, false, "survives a power failure")]
    [InlineData("yes", "everysec", "100", "noeviction", false, false, "up to a second of what was acknowledged")]
    [InlineData("yes", "no", "0", "noeviction", false, false, "Set appendfsync")]
    [InlineData("no", "everysec", "0", "noeviction", false, false, "Set appendonly to yes")]
    [InlineData("yes", "always", "100", "allkeys-lru", true, true, "set maxmemory-policy to noeviction")]
    [InlineData("yes", "always", "0", "allkeys-lru", true, false, "survives a power failure")]
    [InlineData("yes", "always", null, null, true, null, "Whether it may throw keys away is not known")]
    [InlineData(null, null, null, null, null, null, "is not known")]
    public void Settings_are_said_in_a_sentence(string? appendOnly, string? flush, string? memoryMax, string? policy,
        bool? isDurable, bool? mayEvict, string says)
    {
        var durability = RedisDurability.Of(appendOnly, flush, memoryMax, policy);
        Assert.Equal((isDurable, mayEvict), (durability.IsDurable, durability.MayEvict));
        Assert.Contains(says, durability.Sentence, StringComparison.Ordinal);
        Assert.Equal(isDurable != true || mayEvict != false, durability.IsWorrying);
    }

    [RedisFact]
    public async Task A_user_who_may_not_ask_is_told_that_it_is_unknown()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await client.GetDatabase().ExecuteAsync(
            "ACL", "SETUSER", "silo", "on", ">pass", "~{jobtree:test}:*", "+@all", "-config");
        var options = Calm(redis);
        (options.Configuration.User, options.Configuration.Password) = ("silo", "pass");
        await using var journals = await Open(options);
        await Until(() => journals.Durability != RedisDurability.NotAsked);
        Assert.Null(journals.Durability.IsDurable);
        Assert.Contains("does not let this user read its settings", journals.Durability.Sentence,
            StringComparison.Ordinal);
        await (await journals.Activate(Train)).Journal.Write(0, "1");
    }
}
