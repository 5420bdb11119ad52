using System.Net.Mime;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Jobtree.Api.SigningIn;

/// <summary>Signs browsers in, with a token or at the issuer, and out. Nothing of it is part of the API.</summary>
/// <param name="page">The page.</param>
/// <param name="sessions">The browsers that are signed in.</param>
/// <param name="access">Whose tokens are accepted.</param>
/// <param name="flow">Signs in at the issuer; null: nobody can.</param>
/// <param name="limit">Bounds how often.</param>
/// <param name="rooms">Bounds how many wait.</param>
/// <param name="audit">Is told who.</param>
internal sealed class SignInRoutes(SignInPage page, WebSessions sessions, ApiAccess access, IssuerFlow? flow,
    RequestLimit limit, RequestRoom rooms, AuditTrail audit)
{
    private const string FlowCookie = "jobtree-sign-in";
    private const string Session = "a session";
    // A token of an issuer has up to 8 KiB.
    private const int FormBytesMax = 16 * 1024;
    private const int CodeLengthMax = 2048;
    private const string NoForm = "That was no form.";
    private const string NotAccepted = "That is not a valid token.";
    private static readonly TimeSpan FlowLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Serves them.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        // As RequestDelegate, because any other is compiled at run time.
        routes.MapGet(SignInPage.Path, (RequestDelegate)(http =>
            page.Write(http, StatusCodes.Status200OK, sessions.Of(http.Request))));
        routes.MapPost(SignInPage.Path, Limited(TakeToken));
        routes.MapPost(SignInPage.IssuerPath, Limited(Begin));
        routes.MapGet(IssuerFlow.CallbackPath, Limited(Finish));
        routes.MapPost(SignInPage.OutPath, Limited(Out));
    }

    /// <summary>All who sign in together have the rate and the room of one token.</summary>
    private RequestDelegate Limited(Func<HttpContext, Task> serve) => async http =>
    {
        if (limit.Refusal(Caller.Anonymous) is { } tooMany)
        {
            await ProblemWriter.Write(http, tooMany);
            return;
        }
        var (room, full) = rooms.Take(http.Request, Caller.Anonymous, hasBody: false);
        using (room)
            await (full is null ? serve(http) : ProblemWriter.Write(http, full));
    };

    private async Task TakeToken(HttpContext http)
    {
        if (WebOrigin.OfForm(http.Request) is not { } origin)
        {
            await Foreign(http);
            return;
        }
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound)
            bound.MaxRequestBodySize = FormBytesMax;
        // What begins like the type and goes on is another one, which the reader would not take.
        if (!http.Request.HasFormContentType || http.Request.ContentType?.StartsWith(
            MediaTypeNames.Application.FormUrlEncoded, StringComparison.OrdinalIgnoreCase) != true)
        {
            await page.Write(http, StatusCodes.Status415UnsupportedMediaType, null, NoForm);
            return;
        }
        if (await Read(http) is not { } form)
        {
            await page.Write(http, StatusCodes.Status400BadRequest, null, NoForm);
            return;
        }
        Caller? caller;
        try
        {
            caller = await access.CallerOf(form["token"].ToString().Trim(), http.RequestAborted);
        }
        catch (IssuerUnavailableException unavailable)
        {
            await page.Write(http, StatusCodes.Status503ServiceUnavailable, null, unavailable.Message);
            return;
        }
        if (caller is null)
        {
            await Refuse(http, NotAccepted);
            return;
        }
        await audit.Record(http, caller, StatusCodes.Status303SeeOther, Session);
        sessions.Begin(http, caller, origin.IsSecure);
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = SignInPage.Path;
    }

    private async Task Begin(HttpContext http)
    {
        if (WebOrigin.OfForm(http.Request) is not { } origin)
            await Foreign(http);
        else if (flow is null)
            await page.Write(http, StatusCodes.Status404NotFound, null,
                "There is no issuer at which to sign in: the host was started without --oidc-client-id.");
        else
            await OrUnavailable(http, async () =>
            {
                var secret = FlowSecret.New();
                var address = await flow.Begin(origin, secret, http.RequestAborted);
                // The issuer sends the browser back, so the browser takes this cookie along from there.
                WebCookie.Of(FlowCookie, origin.IsSecure).Set(
                    http.Response, secret.Text, SameSiteMode.Lax, FlowLifetime);
                await SignInPage.SendOn(http, address);
            });
    }

    private async Task Finish(HttpContext http)
    {
        var query = http.Request.Query;
        var cookie = WebCookie.Names(FlowCookie).FirstOrDefault(http.Request.Cookies.ContainsKey);
        if (flow is null || cookie is null || FlowSecret.Read(http.Request.Cookies[cookie]) is not { } secret
            || !secret.HasState(query["state"]))
        {
            await Refuse(http, "That is no sign-in which this browser began here within the last 10 minutes.");
            return;
        }
        WebCookie.Delete(http.Response, cookie);
        string code = query["code"].ToString();
        if (code.Length is 0 or > CodeLengthMax || code.AsSpan().ContainsAnyExceptInRange(' ', '~')
            || !flow.IsIssuer(query["iss"]))
        {
            await Refuse(http, "The issuer did not sign you in.");
            return;
        }
        await OrUnavailable(http, async () =>
        {
            var origin = WebOrigin.Of(http.Request, WebCookie.IsSecureName(cookie));
            if (await flow.Finish(origin, secret, code, http.RequestAborted) is not { } caller)
            {
                await Refuse(http, "The issuer signed you in, but gave no token that is valid here. "
                    + "Owners and role may be missing; the silo's log says more.");
                return;
            }
            await audit.Record(http, caller, StatusCodes.Status200OK, Session);
            sessions.Begin(http, caller, origin.IsSecure);
            await SignInPage.SendOn(http, SignInPage.Path);
        });
    }

    private async Task Out(HttpContext http)
    {
        if (WebOrigin.OfForm(http.Request) is null)
        {
            await Foreign(http);
            return;
        }
        if (sessions.End(http) is { } caller)
            await audit.Record(http, caller, StatusCodes.Status200OK, "no session");
        await page.Write(http, StatusCodes.Status200OK, null, "You are signed out here.");
    }

    private async Task OrUnavailable(HttpContext http, Func<Task> serve)
    {
        try
        {
            await serve();
        }
        catch (IssuerUnavailableException unavailable)
        {
            await page.Write(http, StatusCodes.Status503ServiceUnavailable, null, unavailable.Message);
        }
    }

    private async Task Refuse(HttpContext http, string notice)
    {
        await audit.Record(http, null, StatusCodes.Status401Unauthorized, null);
        await page.Write(http, StatusCodes.Status401Unauthorized, null, notice);
    }

    private static Task Foreign(HttpContext http) => ProblemWriter.Write(http, new ApiProblem(ProblemKind.BadOrigin,
        "Nobody signs in or out from the page of another host."));

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
