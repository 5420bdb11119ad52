using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>What Redis may lose of what it acknowledged.</summary>
/// <param name="IsDurable">Whether what it acknowledged survives when it or its machine is killed; absent: unknown.
/// </param>
/// <param name="MayEvict">Whether Redis may evict keys when its memory is full; absent: unknown.</param>
/// <param name="Sentence">The same as a sentence for operators.</param>
internal sealed record RedisDurability(bool? IsDurable, bool? MayEvict, string Sentence)
{
    /// <summary>The value before the first query.</summary>
    public static RedisDurability NotAsked { get; } = new(
        null, null, "Redis has not been asked yet how durable it is.");

    /// <summary>Whether an operator should act.</summary>
    public bool IsWorrying => IsDurable != true || MayEvict != false;

    /// <summary>Queries Redis. A refused query is a valid result.</summary>
    /// <exception cref="RedisException">Redis cannot be reached.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public static async Task<RedisDurability> Ask(
        IDatabaseAsync database, TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            return Of(
                await Setting(database, "appendonly", timeout, time, cancellation),
                await Setting(database, "appendfsync", timeout, time, cancellation),
                await Setting(database, "maxmemory", timeout, time, cancellation),
                await Setting(database, "maxmemory-policy", timeout, time, cancellation));
        }
        catch (RedisServerException)
        {
            return new(
                null, null,
                "How durable Redis is, is not known: it does not let this user read its settings (CONFIG GET). See " +
                "to it that appendonly is yes and maxmemory-policy is noeviction.");
        }
    }

    /// <summary>Interprets the settings.</summary>
    public static RedisDurability Of(string? appendOnly, string? flush, string? memoryMax, string? policy)
    {
        var (isDurable, sentence) = (appendOnly, flush) switch
        {
            ("yes", "always") =>
                ((bool?)true,
                "Redis keeps an append-only file and flushes it before it answers: what was acknowledged survives a " +
                "power failure."),
            ("yes", "everysec") =>
                (false, "Redis keeps an append-only file but flushes it only every second (appendfsync " +
                    "everysec): if Redis or its machine is killed, up to a second of what was acknowledged may be " +
                    "lost. Set appendfsync to always."),
            ("yes", "no") =>
                (false, "Redis keeps an append-only file but leaves its flushing to the system: a power failure may " +
                    "take the last half minute. Set appendfsync to always."),
            ("no", _) =>
                (false, "Redis keeps no append-only file: a restart loses what was acknowledged since its last dump, " +
                    "or everything. Set appendonly to yes."),
            _ => (null,
                "How durable Redis is, is not known: its settings cannot be read. See to it that appendonly is yes."),
        };
        bool? mayEvict = policy is null || memoryMax is null ? null : policy != "noeviction" && memoryMax != "0";
        if (mayEvict == true)
            sentence += $" When its memory is full it throws keys away ({policy}), journals among them: set " +
                $"maxmemory-policy to noeviction.";
        else if (mayEvict is null && isDurable is not null)
            sentence += " Whether it may throw keys away is not known: see to it that maxmemory-policy is noeviction.";
        return new(isDurable, mayEvict, sentence);
    }

    private static async Task<string?> Setting(
        IDatabaseAsync database, string name, TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        var answer = await database.ExecuteAsync("CONFIG", ["GET", name], CommandFlags.DemandMaster).WaitAsync(
            timeout, time, cancellation);
        return (string[]?)answer is [_, var value] ? value : null;
    }
}
