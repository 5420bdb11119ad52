using Jobtree.Actors.Operations;

namespace Jobtree.Cli.SigningIn;

/// <summary>Signs somebody in by a device code (OAuth 2.0 Device Authorization Grant, RFC 8628).</summary>
/// <param name="client">Asks the issuer.</param>
/// <param name="terms">The issuer, and as whom to ask it.</param>
/// <param name="time">Paces the questions.</param>
internal sealed class DeviceFlow(IssuerClient client, SignInTerms terms, TimeProvider time)
{
    private const string Grant = "urn:ietf:params:oauth:grant-type:device_code";
    private static readonly TimeSpan SlowDown = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(1);

    /// <summary>Gets a code.</summary>
    /// <param name="endpoints">The issuer's.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<Result<DeviceCode>> Begin(IssuerEndpoints endpoints, CancellationToken cancellation)
    {
        if (endpoints.Device is not { } device)
            return new Problem(ProblemCode.Invalid,
                $"{terms.Issuer} gives no device codes: it names no device_authorization_endpoint.");
        if (!(await client.Post(device, cancellation, ("client_id", terms.ClientId), ("scope", terms.Scopes)))
            .Succeeded(out var answer, out var problem))
            return problem;
        return answer.IsError
            ? new Problem(ProblemCode.Invalid,
                $"{terms.Issuer} gives the client '{terms.ClientId}' no device code: {answer.Reason}.")
            : DeviceCode.Read(answer.Body, terms.Issuer);
    }

    /// <summary>Waits until somebody has entered the code, and returns the answer with the tokens.</summary>
    /// <param name="endpoints">The issuer's.</param>
    /// <param name="code">The code.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<Result<IssuerAnswer>> Wait(
        IssuerEndpoints endpoints, DeviceCode code, CancellationToken cancellation)
    {
        var ends = time.GetUtcNow() + code.Lifetime;
        var pause = code.Interval;
        while (time.GetUtcNow() + pause < ends)
        {
            await Task.Delay(pause, time, cancellation);
            var asked = await client.Post(endpoints.Token, cancellation,
                ("grant_type", Grant), ("device_code", code.Secret), ("client_id", terms.ClientId));
            if (!asked.Succeeded(out var answer, out var problem))
            {
                if (problem.Code != ProblemCode.Unavailable)
                    return problem;
                // Section 3.5: after a broken connection, less and less often.
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, Math.Max(pause.Ticks, PauseMax.Ticks)));
                continue;
            }
            if (!answer.IsError)
                return answer;
            switch (answer.Error)
            {
                case "authorization_pending":
                    break;
                case "slow_down":
                    pause += SlowDown;
                    break;
                case "access_denied":
                    return new Problem(ProblemCode.Forbidden, "The sign-in was denied. Nothing was kept.");
                case "expired_token":
                    return Expired(code);
                default:
                    return new Problem(ProblemCode.Invalid, $"{terms.Issuer} gives no token: {answer.Reason}.");
            }
        }
        return Expired(code);
    }

    private static Problem Expired(DeviceCode code) => new(ProblemCode.Forbidden,
        $"The code {code.UserCode} has ended before somebody signed in with it. Nothing was kept; begin again.");
}
