using Jobtree.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Api.Access;

/// <summary>
/// Reads the token file again when its content has changed. It is looked at rather than listened to, since mounted
/// secrets and network folders do not tell of changes. A file that cannot be used changes nothing: the tokens before
/// stay, and the log says why.
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
                Look(path);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private void Look(string path)
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
        }
        catch (TokenFileException e)
        {
            if (refusal != e.Message)
            {
                metrics.Failed("tokens", "token-file");
                Kept(e);
            }

            refusal = e.Message;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The token file has changed; {Tokens} tokens are accepted from now on.")]
    private partial void Reloaded(int tokens);

    [LoggerMessage(2, LogLevel.Error,
        "The token file has changed and cannot be used; the tokens before are still accepted.")]
    private partial void Kept(Exception refusal);
}
