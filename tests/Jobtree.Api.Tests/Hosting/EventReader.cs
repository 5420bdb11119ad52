namespace Jobtree.Api.Tests.Hosting;

/// <summary>Reads server-sent events from a watch.</summary>
public sealed class EventReader : IDisposable
{
    private readonly HttpResponseMessage response;
    private readonly StreamReader lines;

    private EventReader(HttpResponseMessage response, Stream stream)
    {
        this.response = response;
        lines = new StreamReader(stream);
    }

    public static async Task<EventReader> Open(
        ApiHost host, string path, string? lastEventId = null, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        if (token is not null)
            request.Headers.Add("Authorization", $"Bearer {token}");
        var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new EventReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The lines of the next event or comment; null: the stream ended.</summary>
    public async Task<IReadOnlyList<string>?> Next()
    {
        var found = new List<string>();
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.Length == 0)
                return found;
            found.Add(line);
        }

        return null;
    }

    public void Dispose()
    {
        lines.Dispose();
        response.Dispose();
    }
}
