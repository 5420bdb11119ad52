using Jobtree.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Api.Access;

/// <summary>
/// Reloads the token file when its content changes. The file is polled, because mounted secrets and network folders
/// send no change notifications. If the file is not valid, the previous tokens stay and the log gives the reason.
/// </summary>
internal sealed partial class TokenReload(ApiOptions options, ApiAccess access, FleetMetrics metrics, TimeProvider time,
    ILogger<TokenReload> logger) : BackgroundService
{
    private string? known = access.Tokens?.Source;
    private string? refusal;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.TokenFile is not { } path)
            return;
        using var timer = new PeriodicTimer(options.TokenReload, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var began = time.GetTimestamp();
                var isRepeated = refusal is not null;
                var succeeded = Look(path);
                metrics.Passed("tokens", time.GetElapsedTime(began), succeeded ? time.GetUtcNow() : null);
                if (isRepeated)
                    metrics.Retried("tokens", "token-file");
            }
        }
        catch (OperationCanceledException)
        {
            // The host is stopping.
        }
    }

    /// <returns>Whether the file was usable.</returns>
    private bool Look(string path)
    {
        try
        {
            var text = TokenFile.ReadText(path);
            if (text != known)
            {
                var tokens = TokenSet.Of(text, path);
                access.Replace(tokens);
                known = text;
                Reloaded(tokens.Count);
            }

            refusal = null;
            return true;
        }
        catch (TokenFileException e)
        {
            if (refusal != e.Message)
            {
                metrics.Failed("tokens", "token-file");
                ReloadRefused(e);
            }

            refusal = e.Message;
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The token file has changed; {Tokens} tokens are accepted from now on.")]
    private partial void Reloaded(int tokens);

    [LoggerMessage(2, LogLevel.Error,
        "The token file has changed and cannot be used; the tokens before are still accepted.")]
    private partial void ReloadRefused(Exception refusal);
}
