using System.Globalization;
using System.Text;
using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Requests;
using Jobtree.Manifests;

namespace Jobtree.Api.Routes;

/// <summary>The whole fleet as a file. It is written as it is read, so its size needs no memory here.</summary>
internal sealed class ExportRoutes(CallerAccess access)
{
    private const int FlushAtCharacters = 64 * 1024;

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/v1/export", "Fleet", "Export the whole fleet", Export)
        {
            Description = "Nodes, budgets, flavors, runs, leases and reservations as documents of YAML, as a state "
                + "file holds them. The last line, '# end of N documents', shows that the file is whole. Needs a token "
                + "for all owners.",
            Answer = "Text", AnswerType = MediaTypes.Yaml, StreamType = MediaTypes.Yaml, IsStream = static _ => true,
        },
    ];

    private async Task<Reply> Export(ApiRequest request)
    {
        try
        {
            await Write(request);
            return Reply.Written;
        }
        catch (StreamRefusedException refusal)
        {
            return refusal.Problem;
        }
    }

    private async Task Write(ApiRequest request)
    {
        await using var documents = access.For(request).Export(request.Cancellation)
            .GetAsyncEnumerator(request.Cancellation);
        // A failure before the first document can still be told by the status.
        var hasMore = await documents.MoveNextAsync();
        request.Http.Response.ContentType = MediaTypes.Yaml;
        var text = new StringBuilder(FlushAtCharacters * 2);
        var count = 0;
        for (; hasMore; hasMore = await documents.MoveNextAsync())
        {
            text.Append(count++ == 0 ? "" : "---\n").Append(ManifestWriter.ToYaml(documents.Current));
            if (text.Length > FlushAtCharacters)
                await Flush(request, text);
        }
        text.Append(CultureInfo.InvariantCulture, $"# end of {count} documents\n");
        await Flush(request, text);
    }

    private static async Task Flush(ApiRequest request, StringBuilder text)
    {
        await request.Http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), request.Cancellation);
        text.Clear();
    }
}
