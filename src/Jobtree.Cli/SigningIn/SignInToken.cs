using Jobtree.Actors.Operations;

namespace Jobtree.Cli.SigningIn;

/// <summary>The token of a kept sign-in, renewed shortly before it ends if the issuer gave what that takes.</summary>
/// <param name="file">Where it is kept.</param>
/// <param name="kept">What was kept there.</param>
/// <param name="time">The clock.</param>
internal sealed class SignInToken(SignInFile file, StoredSignIn kept, TimeProvider time)
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(1);

    private StoredSignIn kept = kept;

    private bool IsDue => kept.RefreshToken is not null && kept.Expires - time.GetUtcNow() < RenewBefore;

    /// <summary>The token to send now. One that has ended is sent too if nothing renews it: clocks differ.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    public async ValueTask<Result<string?>> Find(CancellationToken cancellation)
    {
        if (!IsDue)
            return kept.Token;
        var problem = await Renew(cancellation);
        return problem is null || kept.Expires > time.GetUtcNow() ? kept.Token : problem;
    }

    private async Task<Problem?> Renew(CancellationToken cancellation)
    {
        if (!(await file.Lock(time, cancellation)).Succeeded(out var exclusive, out var busy))
            return busy;
        using (exclusive)
        {
            // Another command may have renewed it, or signed out, in the meantime.
            if (!file.Read().Succeeded(out var found, out var unreadable) && unreadable is not null)
                return unreadable;
            if (found is null)
                return new Problem(ProblemCode.Forbidden, $"You have signed out of {kept.Server} meanwhile.");
            kept = found;
            return IsDue && found.RefreshToken is { } refresh ? await Renew(refresh, cancellation) : null;
        }
    }

    private async Task<Problem?> Renew(string refresh, CancellationToken cancellation)
    {
        using var client = new IssuerClient(kept.Issuer);
        if (!(await IssuerEndpoints.Discover(client, kept.Issuer, cancellation)).Succeeded(
            out var endpoints, out var problem)
            || !(await client.Post(endpoints.Token, cancellation, ("grant_type", "refresh_token"),
                ("refresh_token", refresh), ("client_id", kept.ClientId))).Succeeded(out var answer, out problem))
            return problem with { Detail = $"The sign-in at {kept.Server} cannot be renewed: {problem.Detail}" };
        if (answer.IsError)
            return new Problem(ProblemCode.Forbidden, $"The sign-in at {kept.Server} has ended, and its issuer does "
                + $"not renew it: {answer.Reason}. Sign in again: kubectl-runs login.");
        if (!IssuedTokens.Pick(answer, kept.Audience).Succeeded(out var issued, out problem))
            return problem;
        var renewed = kept with { Token = issued.Token, Expires = issued.Expires,
            RefreshToken = issued.RefreshToken ?? refresh };
        if (file.Write(renewed) is { } notKept)
            return notKept;
        kept = renewed;
        return null;
    }
}
