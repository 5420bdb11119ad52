using System.Text;
using Jobtree.Api.Observing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// The page of OpenTelemetry's Prometheus exporter with the reported series, behind the API's authorization.
/// </summary>
internal sealed class PrometheusPage(IServiceProvider services, ReportedSeries reported) : IMetricsPage
{
    private const string OpenMetrics = "application/openmetrics-text";

    private readonly RequestDelegate exporter =
        new ApplicationBuilder(services).UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true).Build();

    /// <summary>The line that ends a page in OpenMetrics; nothing may follow it.</summary>
    private static ReadOnlySpan<byte> End => "# EOF\n"u8;

    public async Task Write(HttpContext http)
    {
        var series = reported.Text();
        if (series.Length == 0)
        {
            await exporter(http);
            return;
        }

        // The exporter would compress its part, and what is appended would not be.
        http.Request.Headers.Remove(HeaderNames.AcceptEncoding);
        var body = http.Response.Body;
        using var page = new MemoryStream();
        http.Response.Body = page;
        try
        {
            await exporter(http);
        }
        finally
        {
            http.Response.Body = body;
        }

        if (http.Response.StatusCode == StatusCodes.Status200OK)
            Append(page, series, http.Response.ContentType?.StartsWith(OpenMetrics, StringComparison.Ordinal) == true);
        http.Response.ContentLength = page.Length;
        page.Position = 0;
        await page.CopyToAsync(body, http.RequestAborted);
    }

    private static void Append(MemoryStream page, string series, bool isOpenMetrics)
    {
        if (isOpenMetrics && page.GetBuffer().AsSpan(0, (int)page.Length).EndsWith(End))
            page.SetLength(page.Length - End.Length);
        page.Position = page.Length;
        page.Write(Encoding.UTF8.GetBytes(series));
        if (isOpenMetrics)
            page.Write(End);
    }
}
