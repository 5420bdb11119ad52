namespace Jobtree.Silo.Journals.Redis;

/// <summary>Why nothing can be written now.</summary>
/// <param name="Reason">The reason shown to operators: no hosts, users or secrets.</param>
/// <param name="Answers">Whether Redis answers, so that reads are possible.</param>
internal sealed record Outage(string Reason, bool Answers)
{
    private const string Refused = "refused";

    /// <summary>The kind of failure in metrics: one word from a bounded set.</summary>
    public string Word { get; init; } = "unreachable";

    /// <summary>Not an outage: Redis was restarted and does not have the script.</summary>
    public static Outage ScriptUnknown { get; } = new("Redis does not have the script.", true) { Word = "noscript" };

    /// <summary>
    /// The outage that a failed command indicates. Only the error code is shown: the message may name hosts and keys.
    /// The exception is not passed on as an inner exception: those travel between silos, which cannot serialize it.
    /// </summary>
    public static Outage Of(Exception failure) => failure switch
    {
        StackExchange.Redis.RedisServerException refused => OfError(refused.Message.Split(' ', 2)[0]),
        TimeoutException => new("Redis does not answer.", false) { Word = "timeout" },
        _ => new("Redis cannot be reached.", false),
    };

    /// <summary>
    /// Whether a command failed in Redis or on the connection. A cancellation that nobody requested counts: the client
    /// cancels commands in flight when its connection breaks. So does what its buffer throws when it breaks while a
    /// command is written.
    /// </summary>
    /// <param name="failure">The exception of the command.</param>
    /// <param name="asked">The caller's cancellation.</param>
    public static bool Is(Exception failure, CancellationToken asked) =>
        failure is StackExchange.Redis.RedisException or TimeoutException or ObjectDisposedException
            or InvalidOperationException { Source: "System.IO.Pipelines" }
            || (failure is OperationCanceledException && !asked.IsCancellationRequested);

    private static Outage OfError(string code)
    {
        var known = OfCode(code);
        return known.Word == Refused ? known : known with { Word = code.ToLowerInvariant() };
    }

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
            new("Redis does not allow this user what journals need (NOPERM): EVALSHA, SCRIPT LOAD, UNLINK, and the " +
                "commands on streams, hashes, sorted sets.", false),
        "CLUSTERDOWN" or "MASTERDOWN" or "TRYAGAIN" or "MOVED" or "ASK" =>
            new($"Redis is changing over to another server ({code}).", false),
        _ => new(
            $"Redis refuses the " +
            $"script{(code.All(char.IsAsciiLetterUpper) && code.Length is > 0 and < 20 ? $" ({code})" : "")}.", true)
        {
            Word = Refused,
        },
    };
}
