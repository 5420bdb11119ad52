using System.Diagnostics.CodeAnalysis;

namespace Jobtree.Cli.SigningIn;

/// <summary>Which addresses of an issuer are used.</summary>
internal static class IssuerAddress
{
    /// <summary>The longest address.</summary>
    public const int LengthMax = 2048;

    /// <summary>Parses an address that nobody on the way can answer for: HTTPS, without credentials or fragment.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="mayBePlain">Whether HTTP to this machine is as good.</param>
    /// <param name="address">The address.</param>
    public static bool TryParse(string? text, bool mayBePlain, [NotNullWhen(true)] out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address) && text!.Length <= LengthMax
        && (address.Scheme == Uri.UriSchemeHttps
            || (mayBePlain && address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        && address.UserInfo.Length == 0 && address.Fragment.Length == 0;

    /// <summary>Whether HTTP to this machine is as good as HTTPS for what an issuer names: where it is one so itself.
    /// </summary>
    public static bool IsPlain(Uri issuer) => issuer.Scheme == Uri.UriSchemeHttp;
}
