using System.Net.Mime;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Jobtree.Silo.Dashboard;

/// <summary>Exchanges a token from a browser's form for a session.</summary>
internal sealed class SignIn(OperatorAccess access, DashboardSessions sessions, AuditTrail audit)
{
    public const string Cookie = "jobtree-dashboard";
    public const string Needed =
        "The dashboard shows the grains of all owners: it needs a token with the role operator and the owner '*'.";

    private const string Policy =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    // A token of an issuer has up to 8 KiB.
    private const int FormBytesMax = 16 * 1024;
    private const string NoForm = "That was no form.";
    private const string Page = """
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <title>Jobtree dashboard</title>
          <style>
            :root { color-scheme: light dark; }
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 4rem auto; padding: 0 1rem; }
            h1 { font-size: 1.5rem; }
            input { width: 100%; box-sizing: border-box; font: inherit; padding: .3rem; margin: .3rem 0 1rem; }
          </style>
        </head>
        <body>
          <h1>Jobtree dashboard</h1>
          <p>It shows the grains of all owners, and so asks for a token with the role operator and
            the owner <code>*</code>.</p>
          <form method="post" action="/dashboard/sign-in">
            <label>Token
              <input name="token" type="password" autocomplete="off" spellcheck="false" required autofocus></label>
            <button>Sign in</button>
          </form>
          <p role="status">NOTICE</p>
        </body>
        </html>
        """;

    /// <summary>Writes the form.</summary>
    /// <param name="http">The request.</param>
    /// <param name="status">The status of the response.</param>
    /// <param name="notice">The previous error, always a fixed text; empty: none.</param>
    public static Task Write(HttpContext http, int status, string notice)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        return http.Response.WriteAsync(Page.Replace("NOTICE", notice, StringComparison.Ordinal), http.RequestAborted);
    }

    public async Task Take(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = FormBytesMax;
        // What begins like the type and goes on is another one, which the reader would not take.
        if (!http.Request.HasFormContentType || http.Request.ContentType?.StartsWith(
            MediaTypeNames.Application.FormUrlEncoded, StringComparison.OrdinalIgnoreCase) != true)
        {
            await Write(http, StatusCodes.Status415UnsupportedMediaType, NoForm);
            return;
        }

        if (await Read(http) is not { } form)
        {
            await Write(http, StatusCodes.Status400BadRequest, NoForm);
            return;
        }

        var (standing, ends) = await access.Of(form["token"].ToString().Trim(), http.RequestAborted);
        if (standing == Standing.Unknown)
        {
            await audit.Record(http, StatusCodes.Status401Unauthorized);
            await Write(http, StatusCodes.Status401Unauthorized, "That is not a valid token.");
        }
        else if (standing != Standing.Operator)
        {
            await audit.Record(http, StatusCodes.Status403Forbidden);
            await Write(http, StatusCodes.Status403Forbidden, Needed);
        }
        else
        {
            await audit.Record(http, StatusCodes.Status303SeeOther, "a session of the dashboard");
            http.Response.Cookies.Append(Cookie, sessions.Begin(ends), new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = http.Request.IsHttps,
                Path = DashboardRoutes.Root,
                IsEssential = true,
            });
            http.Response.StatusCode = StatusCodes.Status303SeeOther;
            http.Response.Headers.Location = $"{DashboardRoutes.Root}/";
        }
    }

    /// <summary>The form of a request; null: its body is none, or has more fields than the page's.</summary>
    private static async Task<IFormCollection?> Read(HttpContext http)
    {
        try
        {
            return await http.Request.ReadFormAsync(
                new FormOptions { ValueCountLimit = 4, ValueLengthLimit = FormBytesMax, KeyLengthLimit = 64 },
                http.RequestAborted);
        }
        catch (Exception odd) when (odd is InvalidDataException or ArgumentException or NotSupportedException
            || (odd is IOException and not BadHttpRequestException))
        {
            return null;
        }
    }
}
