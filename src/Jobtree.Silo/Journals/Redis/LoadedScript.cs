using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// A script called by its hash. It is loaded explicitly: a client that reloads and retries a call on its own would move
/// it behind calls sent later.
/// </summary>
internal sealed class LoadedScript(string text)
{
    /// <summary>The hash by which Redis knows the script.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Security", "CA5350", Justification = "Redis names scripts by their SHA-1; nothing is secured by it.")]
    public byte[] Hash { get; } = SHA1.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a call failed only because the script is not loaded.</summary>
    public static bool IsUnknown(Exception failure) =>
        failure is RedisServerException && failure.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    /// <summary>Calls the script, and loads it first if Redis does not have it.</summary>
    /// <returns>The numbers that it answers with.</returns>
    public async Task<long[]> Call(IDatabaseAsync database, RedisKey[] keys, RedisValue[] values,
        RedisJournalOptions options, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            return await Call(database, keys, values, options.BulkTimeout, time, cancellation);
        }
        catch (RedisServerException unknown) when (IsUnknown(unknown))
        {
            if (await Load(database, options.ReplyTimeout, time, cancellation) is { } failure)
                ExceptionDispatchInfo.Throw(failure);
            return await Call(database, keys, values, options.BulkTimeout, time, cancellation);
        }
    }

    /// <summary>Loads the script; this also shows whether Redis answers.</summary>
    /// <returns>Why loading failed; null: the script is loaded.</returns>
    public async Task<Exception?> Load(
        IDatabaseAsync database, TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            await database.ExecuteAsync("SCRIPT", ["LOAD", text], CommandFlags.DemandMaster).WaitAsync(
                timeout, time, cancellation);
            return null;
        }
        catch (Exception failure) when (Outage.Is(failure, cancellation))
        {
            return failure;
        }
    }

    private async Task<long[]> Call(IDatabaseAsync database, RedisKey[] keys, RedisValue[] values, TimeSpan timeout,
        TimeProvider time, CancellationToken cancellation) =>
        (long[]?)await database.ScriptEvaluateAsync(Hash, keys, values, CommandFlags.DemandMaster).WaitAsync(
            timeout, time, cancellation) ?? [];
}
