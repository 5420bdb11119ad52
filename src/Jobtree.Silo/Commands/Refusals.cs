using System.Net.Sockets;
using System.Security.Cryptography;
using Jobtree.Api.Access;
using Jobtree.Journal;
using Orleans.Runtime;
using StackExchange.Redis;

namespace Jobtree.Silo.Commands;

/// <summary>Reports why a host refuses to start, in one line instead of a stack trace.</summary>
internal static class Refusals
{
    /// <summary>Runs a host and prints a refusal.</summary>
    /// <param name="run">The host to run.</param>
    /// <param name="cancellation">The request to stop; cancellation is then no failure.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> Tell(Func<Task> run, CancellationToken cancellation)
    {
        try
        {
            await run();
            return 0;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception refusal) when (SentenceOf(refusal) is { } sentence)
        {
            await Console.Error.WriteLineAsync($"jobtree: {sentence}");
            return 1;
        }
    }

    private static string? SentenceOf(Exception refusal) => refusal switch
    {
        ArgumentException or TokenFileException or JournalLockedException or JournalDamagedException or IOException
            or UnauthorizedAccessException or SocketException or CryptographicException => refusal.Message,
        RedisServerException => $"Redis refuses what a silo needs: {OneLine(refusal)}",
        RedisException or RedisTimeoutException =>
            $"Redis was lost while the silo started; start the silo again when it answers. {OneLine(refusal)}",
        OrleansException => $"The silo could not join its cluster: {OneLine(refusal)}",
        _ => null,
    };

    private static string OneLine(Exception refusal) => refusal.Message.ReplaceLineEndings(" ");
}
