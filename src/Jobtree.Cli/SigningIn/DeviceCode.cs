using System.Text.Json;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.SigningIn;

/// <summary>A device code: somebody enters its short form in a browser anywhere, and this program waits.</summary>
/// <param name="Secret">What this program asks with for the token.</param>
/// <param name="UserCode">What the user enters.</param>
/// <param name="Page">Where the user enters it.</param>
/// <param name="PageWithCode">The same page with the code filled in, if there is one.</param>
/// <param name="Lifetime">How long it can be entered.</param>
/// <param name="Interval">How long to wait between two questions.</param>
internal sealed record DeviceCode(
    string Secret, string UserCode, Uri Page, Uri? PageWithCode, TimeSpan Lifetime, TimeSpan Interval)
{
    private const int SecretLengthMax = 4096;
    private const int UserCodeLengthMax = 64;
    private static readonly TimeSpan LifetimeMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan IntervalDefault = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IntervalMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IntervalMax = TimeSpan.FromMinutes(1);

    /// <summary>Reads an issuer's answer (RFC 8628, section 3.2).</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="issuer">The issuer.</param>
    public static Result<DeviceCode> Read(JsonElement answer, Uri issuer)
    {
        var mayBePlain = IssuerAddress.IsPlain(issuer);
        if (IssuerJson.Text(answer, "device_code", SecretLengthMax) is not { } secret
            || IssuerJson.Text(answer, "user_code", UserCodeLengthMax) is not { } userCode
            || IssuerJson.Seconds(answer, "expires_in", LifetimeMax) is not { } lifetime)
            return new Problem(ProblemCode.Invalid,
                $"{issuer} gave a device code that is not understood: it lacks device_code, user_code or expires_in.");
        var page = IssuerJson.Text(answer, "verification_uri", IssuerAddress.LengthMax);
        if (!IssuerAddress.TryParse(page, mayBePlain, out var address))
            return new Problem(ProblemCode.Invalid,
                $"{issuer} names '{page}' as the page to sign in at, which is none to trust: expected "
                + "https://HOST/PATH.");
        var complete = IssuerJson.Text(answer, "verification_uri_complete", IssuerAddress.LengthMax);
        var interval = IssuerJson.Seconds(answer, "interval", IntervalMax) ?? IntervalDefault;
        return new DeviceCode(secret, userCode, address,
            IssuerAddress.TryParse(complete, mayBePlain, out var withCode) ? withCode : null, lifetime,
            interval < IntervalMin ? IntervalMin : interval);
    }
}
