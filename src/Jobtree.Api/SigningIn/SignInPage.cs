using System.Text.Encodings.Web;
using Jobtree.Api.Access;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.SigningIn;

/// <summary>The page on which people sign in and out: forms only, no script.</summary>
/// <param name="options">Whether there is an issuer to sign in at.</param>
internal sealed class SignInPage(ApiOptions options)
{
    /// <summary>Its path.</summary>
    public const string Path = "/sign-in";

    /// <summary>The path to which its forms are sent that begin a sign-in at the issuer.</summary>
    public const string IssuerPath = "/sign-in/issuer";

    /// <summary>The path to which the form is sent that signs out.</summary>
    public const string OutPath = "/sign-out";

    private const string Policy =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    private const string ByToken = $"""
          <form method="post" action="{Path}">
            <label>Token
              <input name="token" type="password" autocomplete="off" spellcheck="false" required></label>
            <button>Sign in</button>
          </form>
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="http">The request.</param>
    /// <param name="status">The status of the response.</param>
    /// <param name="caller">Who is signed in; null: nobody.</param>
    /// <param name="notice">What happened before; empty: nothing.</param>
    public Task Write(HttpContext http, int status, Caller? caller, string notice = "") =>
        Write(http, status, "", notice, caller is null ? Forms : SignedIn(caller));

    /// <summary>
    /// Sends the browser on by a page. A redirect will not do: on the way to an issuer the browser would hold it to
    /// what forms of this page may do, and on the way back it would keep the new session to itself.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="address">Where to.</param>
    public static Task SendOn(HttpContext http, string address) => Write(http, StatusCodes.Status200OK,
        $"\n  <meta http-equiv=\"refresh\" content=\"0; url={Encoded(address)}\">", "",
        $"  <p><a href=\"{Encoded(address)}\">Go on</a></p>");

    private string Forms => options.Oidc is { WebClient: not null } oidc
        ? ByIssuer(oidc.Issuer) + ByToken : ByToken;

    private static Task Write(HttpContext http, int status, string head, string notice, string content)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.ContentSecurityPolicy = Policy;
        // Under 'no-referrer' a browser would send forms without their origin, and they would be refused.
        http.Response.Headers["Referrer-Policy"] = "same-origin";
        return http.Response.WriteAsync(Frame(head, notice, content), http.RequestAborted);
    }

    private static string Frame(string head, string notice, string content) => $$"""
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">{{head}}
          <title>Jobtree: sign in</title>
          <style>
            :root { color-scheme: light dark; }
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 4rem auto; padding: 0 1rem; }
            h1 { font-size: 1.5rem; }
            h2 { font-size: 1rem; margin-top: 2rem; }
            button { font: inherit; padding: .35rem 1rem; }
            input { width: 100%; box-sizing: border-box; font: inherit; padding: .3rem; margin: .3rem 0 1rem; }
            [role=status]:empty { display: none; }
          </style>
        </head>
        <body>
          <h1>Jobtree</h1>
          <p role="status">{{Encoded(notice)}}</p>
        {{content}}
          <p><a href="/">The fleet</a> · <a href="/dashboard/">The silos' dashboard</a></p>
        </body>
        </html>
        """;

    private static string ByIssuer(Uri issuer) => $"""
          <form method="post" action="{IssuerPath}">
            <button autofocus>Sign in with {Encoded(issuer.Authority)}</button>
          </form>
          <h2>Or with a token</h2>

        """;

    private static string SignedIn(Caller caller) => $"""
          <p>You are signed in as <b>{Encoded(caller.Name)}</b>: {caller.Role.ToString().ToLowerInvariant()} for {
              Encoded(string.Join(", ", caller.Owners))}.</p>
          <form method="post" action="{OutPath}">
            <button>Sign out</button>
          </form>
        """;

    private static string Encoded(string text) => HtmlEncoder.Default.Encode(text);
}
