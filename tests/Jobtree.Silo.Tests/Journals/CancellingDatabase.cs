using System.Reflection;
using StackExchange.Redis;

namespace Jobtree.Silo.Tests.Journals;

/// <summary>
/// A real database whose client cancels some commands, as it does with what is under way when its connection breaks.
/// </summary>
public class CancellingDatabase : DispatchProxy
{
    private readonly Dictionary<string, int> toCancel = new() { [nameof(IDatabaseAsync.ScriptEvaluateAsync)] = 1,
        [nameof(IDatabaseAsync.ExecuteAsync)] = 2 };
    private IDatabaseAsync database = null!;

    /// <summary>Cancels the first append and the first two loads of a script.</summary>
    internal static IDatabaseAsync Of(IDatabaseAsync database)
    {
        var proxy = Create<IDatabaseAsync, CancellingDatabase>();
        ((CancellingDatabase)proxy).database = database;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        lock (toCancel)
        {
            if (toCancel.TryGetValue(targetMethod!.Name, out var left) && left > 0)
            {
                toCancel[targetMethod.Name] = left - 1;
                return Task.FromCanceled<RedisResult>(new CancellationToken(canceled: true));
            }
        }
        return targetMethod.Invoke(database, args);
    }
}
