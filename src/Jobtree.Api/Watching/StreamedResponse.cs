using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Jobtree.Api.Watching;

/// <summary>An answer that goes on for as long as its reader wants, unbuffered on the way.</summary>
internal static class StreamedResponse
{
    /// <summary>Sends the headers.</summary>
    public static Task Begin(HttpResponse response, string contentType, CancellationToken cancellation)
    {
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        response.ContentType = contentType;
        response.Headers["X-Accel-Buffering"] = "no";
        return response.StartAsync(cancellation);
    }

    /// <summary>Sends what was written.</summary>
    /// <exception cref="TimeoutException">The reader does not keep up.</exception>
    public static async Task Flush(
        HttpContext http, ApiOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var flush = http.Response.BodyWriter.FlushAsync(cancellation);
        if (!flush.IsCompleted)
            await flush.AsTask().WaitAsync(options.SlowWatcherTimeout, time, cancellation);
        else
            await flush;
    }
}
