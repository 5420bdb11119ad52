using System.Net.Sockets;
using System.Security.Cryptography;
using Jobtree.Api.Access;
using Jobtree.Journal;

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
