using System.Reflection;
using StackExchange.Redis;

namespace Jobtree.Silo.Tests.Journals;

/// <summary>
/// A real database that carries out everything. Before a script or the reading of a chunk a test may do something else,
/// and after it the answer may be lost.
/// </summary>
public class InterposedDatabase : DispatchProxy
{
    private IDatabaseAsync database = null!;

    internal static (IDatabaseAsync Database, InterposedDatabase Proxy) Of(IDatabaseAsync database)
    {
        var proxy = Create<IDatabaseAsync, InterposedDatabase>();
        ((InterposedDatabase)proxy).database = database;
        return (proxy, (InterposedDatabase)proxy);
    }

    /// <summary>What happens first.</summary>
    internal Func<DatabaseCall, Task> Before { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Whose answer is lost.</summary>
    internal Predicate<DatabaseCall> Loses { get; set; } = static _ => false;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = targetMethod!;
        return args switch
        {
            [_, RedisKey[] keys, RedisValue[] values, ..] => Around(
                new DatabaseCall(keys, values), () => (Task<RedisResult>)method.Invoke(database, args)!),
            [RedisKey key, RedisValue field, ..] when method.Name == nameof(IDatabaseAsync.HashGetLeaseAsync) => Around(
                new DatabaseCall([key], [field]), () => (Task<Lease<byte>?>)method.Invoke(database, args)!),
            _ => method.Invoke(database, args),
        };
    }

    private async Task<T> Around<T>(DatabaseCall call, Func<Task<T>> go)
    {
        await Before(call);
        var answer = await go();
        return Loses(call) ? throw new TimeoutException() : answer;
    }
}

/// <summary>A script, or the reading of a chunk.</summary>
internal sealed record DatabaseCall(RedisKey[] Keys, RedisValue[] Values)
{
    /// <summary>The chunk that a script writes; null: it is another script.</summary>
    public int? Chunk => Keys.Length == 3 && Values.Length == 3 ? (int)Values[1] : null;

    /// <summary>Whether a script makes a snapshot the current one.</summary>
    public bool IsCommit => Keys.Length == 4 && Values.Length > 5;

    /// <summary>Whether it reads a chunk.</summary>
    public bool IsRead => Keys.Length == 1;
}
