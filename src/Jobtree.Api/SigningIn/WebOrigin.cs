using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.SigningIn;

/// <summary>
/// Where a browser sees this host: scheme, name and port. Behind a proxy that ends TLS only the browser knows the
/// scheme, and tells it with every form that it sends.
/// </summary>
/// <param name="Text">The origin, such as <c>https://fleet.example.org</c>.</param>
internal readonly record struct WebOrigin(string Text)
{
    private const string Secure = "https://";

    /// <summary>Whether the browser speaks TLS.</summary>
    public bool IsSecure => Text.StartsWith(Secure, StringComparison.OrdinalIgnoreCase);

    /// <summary>The origin of the page that sent a form; null: it was the page of another host.</summary>
    /// <param name="request">The request; its host is one that is served, and its origin one that is allowed.</param>
    public static WebOrigin? OfForm(HttpRequest request)
    {
        var own = new WebOrigin($"{request.Scheme}://{request.Host.Value}");
        if (request.Headers.Origin is not [{ } origin])
            return own;
        // Other origins may be allowed to use the API, with tokens of their own; nobody signs in from there.
        return origin.EndsWith($"://{request.Host.Value}", StringComparison.OrdinalIgnoreCase)
            ? new WebOrigin(origin) : null;
    }

    /// <summary>The origin of this host by a scheme that was known before.</summary>
    public static WebOrigin Of(HttpRequest request, bool isSecure) =>
        new($"{(isSecure ? "https" : "http")}://{request.Host.Value}");
}
