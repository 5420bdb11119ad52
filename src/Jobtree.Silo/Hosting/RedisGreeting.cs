using System.Net;
using StackExchange.Redis;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// Greets Redis before a silo starts, so that a wrong address or password is told in one sentence. Without it each part
/// of the silo would fail by itself, with a trace of its own.
/// </summary>
internal static class RedisGreeting
{
    // A Redis that is started together with the silo is up by then.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Returns when Redis lets this silo in.</summary>
    /// <param name="redis">The connection.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">It does not; the message names no password.</exception>
    public static async Task Await(ConfigurationOptions redis, TimeProvider time)
    {
        var configuration = redis.Clone();
        configuration.AbortOnConnectFail = true;
        configuration.ConnectRetry = 1;
        configuration.ConnectTimeout = (int)ConnectTimeout.TotalMilliseconds;
        configuration.IncludeDetailInExceptions = false;
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = await ConnectionMultiplexer.ConnectAsync(configuration);
                await connection.GetDatabase().PingAsync();
                return;
            }
            catch (RedisConnectionException failure)
                when (failure.FailureType == ConnectionFailureType.AuthenticationFailure)
            {
                throw new IOException(
                    $"Redis at {Places(redis)} refuses this user and password; correct --redis-file or JOBTREE_REDIS.",
                    failure);
            }
            catch (Exception failure) when (failure is RedisException or TimeoutException)
            {
                if (failure is RedisServerException refusal && IsOfRights(refusal))
                    return;
                var isOver = time.GetElapsedTime(began) >= Patience;
                // One that loads its file or cannot write it (LOADING, MISCONF) refuses even this.
                if (isOver && failure is RedisServerException)
                    throw new IOException(
                        $"Redis at {Places(redis)} has refused everything for {Patience.TotalSeconds:0} seconds: "
                        + failure.Message.ReplaceLineEndings(" "), failure);
                if (isOver)
                    throw new IOException(
                        $"Redis at {Places(redis)} did not answer for {Patience.TotalSeconds:0} seconds: start it, or "
                        + "correct the address, the port and whether it speaks TLS (ssl=true).", failure);
                await Task.Delay(Pause, time);
            }
        }
    }

    // A user who may not ping may still do what a silo needs.
    private static bool IsOfRights(RedisServerException refusal) =>
        refusal.Message.StartsWith("NOPERM", StringComparison.Ordinal);

    private static string Places(ConfigurationOptions redis) =>
        string.Join(", ", redis.EndPoints.Select(
            place => place is DnsEndPoint named ? $"{named.Host}:{named.Port}" : place.ToString()));
}
