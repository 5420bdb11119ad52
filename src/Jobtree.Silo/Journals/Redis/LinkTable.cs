using System.Globalization;
using Jobtree.Silo.Hosting.Links;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// What the silos of a service say of their links to each other: a hash in Redis, which all of them reach.
/// </summary>
internal sealed class LinkTable(IDatabase redis, RedisKeys keys)
{
    /// <summary>How long what a silo said counts. A living one says it anew every two seconds.</summary>
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(8);

    /// <summary>Puts what this silo has to say, and reads what the others said not long ago.</summary>
    /// <param name="own">What this one says.</param>
    /// <returns>What all say, this one included.</returns>
    /// <exception cref="RedisException">Redis does not take it.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public async Task<IReadOnlyList<SiloLinks>> Exchange(SiloLinks own)
    {
        await redis.HashSetAsync(keys.Links, own.Silo, Format(own));
        var fields = await redis.HashGetAllAsync(keys.Links);
        var said = fields.Select(field => Parse(field.Name.ToString(), field.Value.ToString())).ToList();
        var old = said.Where(links => IsOld(links, own.At)).ToList();
        if (old.Count > 0)
            await redis.HashDeleteAsync(keys.Links, [.. old.Select(links => (RedisValue)links.Silo)]);
        return [.. said.Except(old)];
    }

    private static bool IsOld(SiloLinks links, DateTimeOffset now) =>
        links.At < now - AgeMax || links.At > now + AgeMax;

    private static string Format(SiloLinks links) => string.Join(' ', [
        links.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        links.Generation.ToString(CultureInfo.InvariantCulture), .. links.Unreached]);

    /// <summary>What was written; of what cannot be read, something that is old.</summary>
    private static SiloLinks Parse(string silo, string value) =>
        value.Split(' ') is [var at, var generation, .. var unreached]
            && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds < 1L << 47
            && long.TryParse(generation, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? new SiloLinks(silo, number, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), unreached)
            : new SiloLinks(silo, 0, DateTimeOffset.MinValue, []);
}
