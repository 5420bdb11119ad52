using Microsoft.AspNetCore.Http;

namespace Jobtree.Monitoring.Preview;

/// <summary>A file of the page, which is part of the program.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="ContentType">Its media type.</param>
internal sealed record PageFile(byte[] Content, string ContentType)
{
    private const string Folder = "Jobtree.Monitoring.Preview.Page.";

    public static PageFile Read(string name) => Find(name) ?? throw new FileNotFoundException(name);

    /// <summary>Finds a file; null if there is none of this name.</summary>
    public static PageFile? Find(string name)
    {
        using var stream = typeof(PageFile).Assembly.GetManifestResourceStream(Folder + name);
        if (stream is null)
            return null;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new PageFile(content, Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            _ => "text/javascript; charset=utf-8",
        });
    }

    public IResult Send() => Results.Bytes(Content, ContentType);
}
