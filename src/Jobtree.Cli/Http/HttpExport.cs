using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Manifests;
using Jobtree.Manifests;

namespace Jobtree.Cli.Http;

/// <summary>Reads the export of a fleet document by document as it arrives, and checks that it is whole.</summary>
/// <param name="connection">The server.</param>
internal sealed class HttpExport(HttpConnection connection)
{
    private const string Separator = "---";
    private const string End = "# end of ";

    /// <summary>The documents.</summary>
    /// <exception cref="ProblemException">The server refused, or broke off.</exception>
    public async IAsyncEnumerable<Manifest> Documents([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!(await connection.Open("v1/export", "application/yaml", cancellation))
            .Succeeded(out var response, out var problem))
            throw new ProblemException(problem);
        using var closing = response;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8);
        var (text, count, isWhole) = (new StringBuilder(), 0, false);
        while (await Line(reader, cancellation) is { } line)
        {
            var isEnd = line.StartsWith(End, StringComparison.Ordinal);
            if (line != Separator && !isEnd)
            {
                text.Append(line).Append('\n');
                continue;
            }
            if (text.Length > 0)
            {
                yield return Parse(text.ToString());
                count++;
            }
            text.Clear();
            isWhole = isEnd && line == string.Create(CultureInfo.InvariantCulture, $"{End}{count} documents");
        }
        if (!isWhole)
            throw Broken("it ended before the last document");
    }

    private static async Task<string?> Line(StreamReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadLineAsync(cancellation);
        }
        catch (Exception exception) when (HttpConnection.IsBroken(exception))
        {
            throw Broken(exception.Message);
        }
    }

    private static Manifest Parse(string text) =>
        ManifestText.ReadState(Encoding.UTF8.GetBytes(text), "The export").Succeeded(out var read, out var problem)
            ? read is [var one] ? one : throw Broken("a document is empty")
            : throw new ProblemException(problem with { Code = ProblemCode.Unavailable });

    private static ProblemException Broken(string how) =>
        new(new Problem(ProblemCode.Unavailable, $"The export broke off: {how}. What was printed is not whole."));
}
