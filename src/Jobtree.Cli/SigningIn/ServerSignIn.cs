using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;

namespace Jobtree.Cli.SigningIn;

/// <summary>Signs somebody in at a server, by the issuer that the server names, and out again.</summary>
/// <param name="server">The server.</param>
/// <param name="connection">A connection to it.</param>
/// <param name="file">Keeps the sign-in; absent: there is no place for it.</param>
/// <param name="exposed">Why no token may be sent to the server; absent: one may.</param>
/// <param name="time">The clock.</param>
internal sealed class ServerSignIn(
    Uri server, HttpConnection connection, SignInFile? file, Problem? exposed, TimeProvider time)
{
    private static readonly Problem NoPlace = new(ProblemCode.Invalid,
        "There is no place to keep a sign-in: set HOME, or XDG_STATE_HOME to an absolute path.");

    /// <summary>Signs in.</summary>
    /// <param name="show">Shows the user the code, and where to enter it.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Who the server says that the user is.</returns>
    public async Task<Result<JsonElement>> In(Action<DeviceCode> show, CancellationToken cancellation)
    {
        if ((exposed ?? (file is null ? NoPlace : null)) is { } impossible)
            return impossible;
        if (!(await connection.Send(HttpMethod.Get, "v1/login", null, null,
            told => SignInTerms.Read(told, server), cancellation)).Succeeded(out var terms, out var problem))
            return problem;
        using var client = new IssuerClient(terms.Issuer);
        if (!(await IssuerEndpoints.Discover(client, terms.Issuer, cancellation)).Succeeded(
            out var endpoints, out problem))
            return problem;
        var flow = new DeviceFlow(client, terms, time);
        if (!(await flow.Begin(endpoints, cancellation)).Succeeded(out var code, out problem))
            return problem;
        show(code);
        return (await flow.Wait(endpoints, code, cancellation)).Succeeded(out var answer, out problem)
            && IssuedTokens.Pick(answer, terms.Audience).Succeeded(out var issued, out problem)
            ? await Keep(new StoredSignIn(server, terms.Issuer, terms.Audience, terms.ClientId, issued.Token,
                issued.Expires, issued.RefreshToken), cancellation)
            : problem!;
    }

    /// <summary>Forgets the sign-in, and then has the issuer take back what would renew it.</summary>
    /// <returns>Who was signed in, and what is left to do, in a sentence each.</returns>
    public async Task<Result<string>> Out(CancellationToken cancellation)
    {
        if (file is null)
            return NoPlace;
        if (!(await file.Lock(time, cancellation)).Succeeded(out var exclusive, out var busy))
            return busy;
        StoredSignIn? kept;
        using (exclusive)
        {
            // What cannot be read can be removed all the same.
            file.Read().Succeeded(out kept, out _);
            if (!file.Remove().Succeeded(out var found, out var problem))
                return problem;
            if (!found)
                return "Nobody was signed in.";
        }
        return kept?.RefreshToken is { } refresh ? $"Signed out. {await Revoke(kept, refresh, cancellation)}"
            : "Signed out.";
    }

    /// <summary>Has the issuer take a token back (RFC 7009).</summary>
    /// <returns>Whether it did, in a sentence.</returns>
    private static async Task<string> Revoke(StoredSignIn kept, string refresh, CancellationToken cancellation)
    {
        const string left = "end the session there too if the token may be in other hands";
        using var client = new IssuerClient(kept.Issuer);
        if (!(await IssuerEndpoints.Discover(client, kept.Issuer, cancellation)).Succeeded(
            out var endpoints, out var problem))
            return $"The issuer could not be told, {left}: {problem.Detail}";
        if (endpoints.Revocation is not { } revocation)
            return $"{kept.Issuer} takes no tokens back (it names no revocation_endpoint): {left}.";
        if (await client.Tell(revocation, cancellation, ("token", refresh), ("token_type_hint", "refresh_token"),
            ("client_id", kept.ClientId)) is { } refused)
            return $"The issuer could not be told, {left}: {refused.Detail}";
        return "The issuer has taken back what would renew the token.";
    }

    // A token that the server does not take would only be in the way of one that it does.
    private async Task<Result<JsonElement>> Keep(StoredSignIn signIn, CancellationToken cancellation)
    {
        using var asBearer = new HttpConnection(server, Credential.Of(signIn.Token, Credential.SignedIn));
        if (!(await new HttpIdentity(asBearer).Ask(cancellation)).Succeeded(out var told, out var problem))
            return problem with { Detail = $"The issuer has signed you in, but {server} does not take its token. "
                + $"Nothing was kept. {problem.Detail}" };
        if (!(await file!.Lock(time, cancellation)).Succeeded(out var exclusive, out var busy))
            return busy;
        using (exclusive)
            return file.Write(signIn) is { } notKept ? notKept : told;
    }
}
