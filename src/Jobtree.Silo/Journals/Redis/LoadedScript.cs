using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// A script that is called by its hash. It is loaded by hand, since a client that loads and repeats by itself when
/// Redis does not know the hash would put a call behind those that were sent after it.
/// </summary>
internal sealed class LoadedScript(string text)
{
    /// <summary>What Redis calls it.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Security", "CA5350", Justification = "Redis names scripts by their SHA-1; nothing is secured by it.")]
    public byte[] Hash { get; } = SHA1.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a call failed only because the script is not loaded.</summary>
    public static bool IsUnknown(Exception failure) =>
        failure is RedisServerException && failure.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    /// <summary>Loads it, which also tells whether Redis answers.</summary>
    /// <returns>Why it could not; null: it is loaded.</returns>
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
}
