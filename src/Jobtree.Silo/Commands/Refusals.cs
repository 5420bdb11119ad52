using System.Net.Sockets;
using System.Security.Cryptography;
using Jobtree.Api.Access;
using Jobtree.Journal;

namespace Jobtree.Silo.Commands;

/// <summary>What a host refuses to start with, in one line instead of a stack trace.</summary>
internal static class Refusals
{
    /// <summary>Runs a host.</summary>
    /// <param name="run">What it does.</param>
    /// <param name="cancellation">That it was asked to stop; then ending is no failure.</param>
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
        catch (Exception refusal)
            when (refusal is ArgumentException or TokenFileException or JournalLockedException
            or JournalDamagedException or IOException or UnauthorizedAccessException or SocketException
            or CryptographicException)
        {
            await Console.Error.WriteLineAsync($"jobtree: {refusal.Message}");
            return 1;
        }
    }
}
