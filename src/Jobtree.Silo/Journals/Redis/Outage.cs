namespace Jobtree.Silo.Journals.Redis;

/// <summary>Why nothing can be written now.</summary>
/// <param name="Reason">As operators are told: no hosts, users or secrets.</param>
/// <param name="Answers">Whether Redis answers, so that it can be read.</param>
internal sealed record Outage(string Reason, bool Answers)
{
    /// <summary>
    /// What a failed command says of Redis. Its own text may name hosts and keys, so only the code is told; nor does it
    /// go along inside another exception, since those travel between silos, which can neither write nor read it.
    /// </summary>
    public static Outage Of(Exception failure) => failure switch
    {
        StackExchange.Redis.RedisServerException refused => OfCode(refused.Message.Split(' ', 2)[0]),
        TimeoutException => new("Redis does not answer.", false),
        _ => new("Redis cannot be reached.", false),
    };

    /// <summary>
    /// Whether a command failed by Redis, or on the way there. The client also cancels what was under way when its
    /// connection breaks: only what was asked to stop has been stopped.
    /// </summary>
    /// <param name="failure">What came instead of an answer.</param>
    /// <param name="asked">Asks to stop.</param>
    public static bool Is(Exception failure, CancellationToken asked) =>
        failure is StackExchange.Redis.RedisException or TimeoutException or ObjectDisposedException
            || (failure is OperationCanceledException && !asked.IsCancellationRequested);

    private static Outage OfCode(string code) => code switch
    {
        "OOM" => new("Redis refuses writes: its memory is full (OOM). Give it more, or raise maxmemory.", true),
        "MISCONF" => new("Redis refuses writes: it cannot write to its disk (MISCONF).", true),
        "READONLY" => new("Redis refuses writes: this server is a replica (READONLY).", true),
        "NOREPLICAS" => new("Redis refuses writes: too few replicas are connected (NOREPLICAS).", true),
        "LOADING" => new("Redis is reading its data from disk (LOADING).", false),
        "BUSY" => new("Redis is busy with a script (BUSY).", false),
        "NOAUTH" or "WRONGPASS" => new($"Redis does not accept the credentials ({code}).", false),
        "NOPERM" =>
            new("Redis does not allow this user what journals need (NOPERM): EVALSHA, SCRIPT LOAD, and the commands " +
                "on streams, hashes, sorted sets.", false),
        "CLUSTERDOWN" or "MASTERDOWN" or "TRYAGAIN" or "MOVED" or "ASK" =>
            new($"Redis is changing over to another server ({code}).", false),
        _ => new(
            $"Redis refuses the " +
            $"script{(code.All(char.IsAsciiLetterUpper) && code.Length is > 0 and < 20 ? $" ({code})" : "")}.", true),
    };
}
