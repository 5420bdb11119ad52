using Jobtree.Actors.Operations;

namespace Jobtree.Cli.SigningIn;

/// <summary>Where an issuer gives device codes and tokens, and takes tokens back.</summary>
/// <param name="Device">Gives device codes; absent: it gives none.</param>
/// <param name="Token">Gives tokens.</param>
/// <param name="Revocation">Takes tokens back; absent: it takes none.</param>
internal sealed record IssuerEndpoints(Uri? Device, Uri Token, Uri? Revocation)
{
    /// <summary>Reads them from the issuer's discovery document.</summary>
    /// <param name="client">Asks the issuer.</param>
    /// <param name="issuer">The issuer.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<Result<IssuerEndpoints>> Discover(
        IssuerClient client, Uri issuer, CancellationToken cancellation)
    {
        // As the silo has it: issuers differ from their own documents in a slash at the end.
        var name = issuer.AbsoluteUri.TrimEnd('/');
        var address = new Uri($"{name}/.well-known/openid-configuration");
        if (!(await client.Get(address, cancellation)).Succeeded(out var answer, out var problem))
            return problem;
        if (answer.IsError)
            return new Problem(ProblemCode.Invalid, $"{address} is not there: {answer.Reason}.");
        var said = IssuerJson.Text(answer.Body, "issuer", IssuerAddress.LengthMax);
        if (said?.TrimEnd('/') != name)
            return new Problem(ProblemCode.Invalid,
                $"{address} is of another issuer: '{said}'. Its tokens would not be accepted.");
        if (!Read("token_endpoint").Succeeded(out var token, out problem) && problem is not null)
            return problem;
        if (token is null)
            return new Problem(ProblemCode.Invalid, $"{address} names no token_endpoint.");
        if (!Read("device_authorization_endpoint").Succeeded(out var device, out problem) && problem is not null)
            return problem;
        if (!Read("revocation_endpoint").Succeeded(out var revocation, out problem) && problem is not null)
            return problem;
        return new IssuerEndpoints(device, token, revocation);

        Result<Uri?> Read(string member) =>
            !answer.Body.TryGetProperty(member, out _) ? default(Result<Uri?>)
            : IssuerJson.Text(answer.Body, member, IssuerAddress.LengthMax) is var text
                && IssuerAddress.TryParse(text, IssuerAddress.IsPlain(issuer), out var endpoint) ? endpoint
            : new Problem(ProblemCode.Invalid,
                $"{address} names as {member} '{text}', which is none to trust: expected https://HOST/PATH.");
    }
}
