using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.SigningIn;

/// <summary>
/// A cookie that no script can read. Where the browser speaks TLS its name begins with <c>__Host-</c>: browsers take
/// such a cookie over TLS only, and from this host only, so that no neighbouring site can plant one.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="IsSecure">Whether it is sent over TLS only.</param>
internal readonly record struct WebCookie(string Name, bool IsSecure)
{
    private const string HostPrefix = "__Host-";

    /// <summary>A cookie.</summary>
    /// <param name="name">Its name on a plain connection.</param>
    /// <param name="isSecure">Whether the browser speaks TLS.</param>
    public static WebCookie Of(string name, bool isSecure) => new(isSecure ? HostPrefix + name : name, isSecure);

    /// <summary>The names that a cookie may have in a request, the safer one first.</summary>
    public static string[] Names(string name) => [HostPrefix + name, name];

    /// <summary>Whether a cookie of this name is sent over TLS only.</summary>
    public static bool IsSecureName(string name) => name.StartsWith(HostPrefix, StringComparison.Ordinal);

    /// <summary>Gives the browser the cookie.</summary>
    /// <param name="response">The response.</param>
    /// <param name="value">What it holds.</param>
    /// <param name="sameSite">Whether the browser sends it with requests that begin on other sites.</param>
    /// <param name="lifetime">How long the browser keeps it; absent: while it runs.</param>
    public void Set(HttpResponse response, string value, SameSiteMode sameSite, TimeSpan? lifetime) =>
        response.Cookies.Append(Name, value, Options(IsSecure, sameSite, lifetime));

    /// <summary>Has the browser forget a cookie.</summary>
    public static void Delete(HttpResponse response, string name) => response.Cookies.Delete(
        name, Options(IsSecureName(name), SameSiteMode.Strict, null));

    private static CookieOptions Options(bool isSecure, SameSiteMode sameSite, TimeSpan? lifetime) => new()
    {
        HttpOnly = true, SameSite = sameSite, Secure = isSecure, Path = "/", MaxAge = lifetime, IsEssential = true,
    };
}
