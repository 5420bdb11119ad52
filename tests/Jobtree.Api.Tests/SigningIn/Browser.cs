using System.Net;
using System.Text.RegularExpressions;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.SigningIn;

/// <summary>
/// What a browser does on the way through a sign-in: it keeps cookies by host, tells its origin with forms, follows
/// redirects and what a page has it go on to, and keeps strict cookies to itself where another site sent it.
/// </summary>
/// <param name="home">The host.</param>
/// <param name="seen">The origin under which the browser sees the host, if a proxy is between them.</param>
internal sealed partial class Browser(Uri home, Uri? seen = null) : IDisposable
{
    private readonly HashSet<string> strict = [];
    private readonly HttpClient http = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });

    public Dictionary<string, string> Cookies { get; } = [];

    /// <summary>The origin of the page whose forms it sends, if that is not the host's.</summary>
    public string? Origin { get; set; }

    /// <summary>Every cookie that it was given, as it was.</summary>
    public List<string> Given { get; } = [];

    public Task<Answer> Get(string path, bool fromElsewhere = false, string accept = "*/*") =>
        Send(new HttpRequestMessage(HttpMethod.Get, new Uri(home, path)) { Headers = { { "Accept", accept } } },
            fromElsewhere);

    public Task<Answer> Post(string path, params (string Name, string Value)[] fields)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(home, path))
        {
            Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        };
        request.Headers.Add("Origin", Origin ?? (seen ?? home).GetLeftPart(UriPartial.Authority));
        return Send(request, fromElsewhere: false);
    }

    /// <summary>Begins a sign-in at the issuer, and returns where that sends the browser back.</summary>
    public async Task<Uri> GoToIssuer()
    {
        using var answer = await http.GetAsync(Onward((await Post("/sign-in/issuer")).IsOk()));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!;
    }

    /// <summary>Comes back from the issuer.</summary>
    public Task<Answer> ComeBack(Uri address) => Get(address.PathAndQuery, fromElsewhere: true);

    /// <summary>Signs in at the issuer.</summary>
    public async Task<Answer> SignIn() => await ComeBack(await GoToIssuer());

    /// <summary>Where a page has the browser go on to.</summary>
    public static Uri Onward(Answer page) => new(WebUtility.HtmlDecode(
        Refresh().Match(page.Text) is { Success: true } found ? found.Groups[1].Value
        : throw new InvalidOperationException(page.Text)), UriKind.RelativeOrAbsolute);

    public void Dispose() => http.Dispose();

    private async Task<Answer> Send(HttpRequestMessage request, bool fromElsewhere)
    {
        using var disposed = request;
        request.Headers.Host = seen?.Authority;
        var sent = Cookies.Where(cookie => !fromElsewhere || !strict.Contains(cookie.Key))
            .Select(cookie => $"{cookie.Key}={cookie.Value}").ToArray();
        if (sent.Length > 0)
            request.Headers.Add("Cookie", string.Join("; ", sent));
        using var response = await http.SendAsync(request);
        foreach (var cookie in response.Headers.TryGetValues("Set-Cookie", out var given) ? given : [])
        {
            Given.Add(cookie);
            strict.RemoveWhere(name => cookie.StartsWith(name + '=', StringComparison.Ordinal));
            if (cookie.Contains("samesite=strict", StringComparison.OrdinalIgnoreCase))
                strict.Add(cookie[..cookie.IndexOf('=', StringComparison.Ordinal)]);
            var (name, value) = (cookie[..cookie.IndexOf('=', StringComparison.Ordinal)],
                cookie.Split(';')[0][(cookie.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            if (value.Length == 0)
                Cookies.Remove(name);
            else
                Cookies[name] = value;
        }
        return await Answer.From(response);
    }

    [GeneratedRegex("http-equiv=\"refresh\" content=\"0; url=([^\"]*)\"")]
    private static partial Regex Refresh();
}
