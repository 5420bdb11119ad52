using System.Diagnostics.CodeAnalysis;

namespace Jobtree.Cli.Http;

/// <summary>The address of the API.</summary>
internal static class ServerAddress
{
    /// <summary>The environment variable that names the server.</summary>
    public const string Variable = "JOBTREE_SERVER";

    /// <summary>The default server.</summary>
    public const string Default = "http://127.0.0.1:8080";

    /// <summary>Parses an absolute http or https URL without credentials, query or fragment.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The address, ending in a slash.</param>
    /// <param name="problem">The error, if the text is not valid.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out Uri? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        problem = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            problem = $"expected a URL such as {Default}.";
        else if (uri.UserInfo.Length > 0)
            problem = $"credentials do not belong in a URL; put a token into {BearerToken.Variable} or --token-file.";
        else if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
            problem = "expected a URL without a query or fragment.";
        else
            address = uri.AbsolutePath.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/");
        return address is not null;
    }
}
