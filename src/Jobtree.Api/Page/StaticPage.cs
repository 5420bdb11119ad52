using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Jobtree.Api.Page;

/// <summary>
/// The web page: flavors, queue and runs, read through the API with a token that stays in the page's memory.
/// </summary>
internal static class StaticPage
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action " +
        "'none'; frame-ancestors 'none'";

    public static void MapPage(this IEndpointRouteBuilder routes)
    {
        Map(routes, "/", "index.html", "text/html; charset=utf-8");
        Map(routes, "/page.js", "page.js", "text/javascript; charset=utf-8");
        Map(routes, "/page.css", "page.css", "text/css; charset=utf-8");
    }

    private static void Map(IEndpointRouteBuilder routes, string path, string file, string contentType)
    {
        var content = Load(file);
        routes.MapGet(path, (HttpContext http) =>
        {
            http.Response.ContentType = contentType;
            http.Response.ContentLength = content.Length;
            http.Response.Headers.ContentSecurityPolicy = Policy;
            http.Response.Headers["Referrer-Policy"] = "no-referrer";
            return http.Response.Body.WriteAsync(content).AsTask();
        });
    }

    private static byte[] Load(string file)
    {
        using var stream = typeof(StaticPage).Assembly.GetManifestResourceStream($"Jobtree.Api.Page.{file}")
            ?? throw new InvalidOperationException($"The resource {file} is missing from the assembly.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
