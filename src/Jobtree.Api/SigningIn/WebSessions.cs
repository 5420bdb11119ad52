using System.Security.Cryptography;
using System.Text;
using Jobtree.Api.Access;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.SigningIn;

/// <summary>
/// The browsers that are signed in at this host. A browser sends no bearer token with a page's own requests, so it gets
/// a random key in a cookie. Neither key nor token is stored, and a key is valid only for this process.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class WebSessions(TimeProvider time)
{
    /// <summary>How long a session lasts.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    private const string Name = "jobtree-session";
    private const int SessionsMax = 256;
    private const int KeyBytes = 32;

    private readonly Lock one = new();
    private readonly Dictionary<string, Session> sessions = new(StringComparer.Ordinal);

    /// <summary>Raised after sessions were ended before their time.</summary>
    public event Action? Ended;

    /// <summary>Begins a session and returns its key.</summary>
    /// <param name="caller">Who is signed in; the session ends with the token, if that ends by itself.</param>
    /// <param name="cookie">The name of the cookie: under another one the key is worth nothing.</param>
    public string Begin(Caller caller, string cookie)
    {
        var key = Convert.ToHexString(RandomNumberGenerator.GetBytes(KeyBytes));
        var now = time.GetUtcNow();
        lock (one)
        {
            foreach (var (expired, _) in sessions.Where(session => session.Value.Ends <= now).ToList())
                sessions.Remove(expired);
            if (sessions.Count >= SessionsMax)
                sessions.Remove(sessions.MinBy(session => session.Value.Ends).Key);
            sessions.Add(Hash(cookie, key),
                new Session(caller, caller.Expires < now + Lifetime ? caller.Expires.Value : now + Lifetime));
        }

        return key;
    }

    /// <summary>Ends all sessions, since the tokens may have changed.</summary>
    public void End()
    {
        lock (one)
            sessions.Clear();
        Ended?.Invoke();
    }

    /// <summary>Who is signed in by a cookie; null: nobody.</summary>
    public Caller? Find(string cookie, string? key)
    {
        if (key is not { Length: KeyBytes * 2 })
            return null;
        // Hashes are compared, so the timing reveals nothing about keys.
        var hash = Hash(cookie, key);
        lock (one)
            return sessions.TryGetValue(hash, out var session) && time.GetUtcNow() < session.Ends
                ? session.Caller : null;
    }

    /// <summary>Who is signed in by the cookies of a request; null: nobody.</summary>
    public Caller? Of(HttpRequest request) => WebCookie.Names(Name)
        .Select(name => Find(name, request.Cookies[name])).FirstOrDefault(static caller => caller is not null);

    /// <summary>Gives the sender of a request a session of its own, in place of any that it had.</summary>
    public void Begin(HttpContext http, Caller caller, bool isSecure)
    {
        End(http);
        var cookie = WebCookie.Of(Name, isSecure);
        cookie.Set(http.Response, Begin(caller, cookie.Name), SameSiteMode.Strict, lifetime: null);
    }

    /// <summary>Ends the session of the sender of a request.</summary>
    /// <returns>Who was signed in; null: nobody.</returns>
    public Caller? End(HttpContext http)
    {
        var ended = Of(http.Request);
        foreach (var name in WebCookie.Names(Name))
        {
            if (http.Request.Cookies[name] is not { } key)
                continue;
            lock (one)
                sessions.Remove(Hash(name, key));
            WebCookie.Delete(http.Response, name);
        }
        if (ended is not null)
            Ended?.Invoke();
        return ended;
    }

    private static string Hash(string cookie, string key) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{cookie}={key}")));

    private readonly record struct Session(Caller Caller, DateTimeOffset Ends);
}
