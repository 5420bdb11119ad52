namespace Jobtree.Api.Tests.Hosting;

/// <summary>Reads a stream of lines.</summary>
public sealed class LineReader : IDisposable
{
    private readonly HttpResponseMessage response;
    private readonly StreamReader lines;

    private LineReader(HttpResponseMessage response, Stream stream)
    {
        this.response = response;
        lines = new StreamReader(stream);
    }

    /// <summary>The value of a header of the answer; null: it has none.</summary>
    public string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    public static async Task<LineReader> Open(ApiHost host, string path, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null)
            request.Headers.Add("Authorization", $"Bearer {token}");
        var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.MediaType);
        return new LineReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next line; null: the stream ended.</summary>
    public Task<string?> Next() => lines.ReadLineAsync();

    /// <summary>The lines up to the end of the stream.</summary>
    public async Task<IReadOnlyList<string>> Rest()
    {
        var read = new List<string>();
        while (await Next() is { } line)
            read.Add(line);
        return read;
    }

    public void Dispose()
    {
        lines.Dispose();
        response.Dispose();
    }
}
