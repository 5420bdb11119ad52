using System.Reflection;
using StackExchange.Redis;

namespace Jobtree.Silo.Tests.Journals;

/// <summary>
/// A real database that carries out every script, but loses the answer to the next ones that somebody asks it to lose.
/// </summary>
public class AnswerLosingDatabase : DispatchProxy
{
    private IDatabaseAsync database = null!;

    /// <summary>Tells of each script, by its first key, whether its answer is lost.</summary>
    internal Predicate<RedisKey[]> Loses { get; set; } = static _ => false;

    internal static (IDatabaseAsync Database, AnswerLosingDatabase Proxy) Of(IDatabaseAsync database)
    {
        var proxy = Create<IDatabaseAsync, AnswerLosingDatabase>();
        ((AnswerLosingDatabase)proxy).database = database;
        return (proxy, (AnswerLosingDatabase)proxy);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Invoke(database, args) is var answer && args is [_, RedisKey[] keys, ..] && Loses(keys)
            ? Lose((Task)answer!) : answer;

    private static async Task<RedisResult> Lose(Task answer)
    {
        await answer;
        throw new TimeoutException();
    }
}
