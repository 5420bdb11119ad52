using System.Net;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// The breaker in front of an OpenTelemetry collector, as part of the exporter's HTTP client. While it is open, exports
/// fail at once, so that a collector that hangs holds nothing up; now and then one export goes through, and its success
/// closes the breaker. What is not exported meanwhile is lost, as in any outage of a collector.
/// </summary>
/// <param name="metrics">The metrics of the host.</param>
/// <param name="time">The clock.</param>
internal sealed class CollectorBreaker(FleetMetrics metrics, TimeProvider time)
    : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
{
    /// <summary>How often an export is tried while the breaker is open.</summary>
    public static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(2);

    private const string Component = "otlp";
    private const string GrpcStatus = "grpc-status";

    /// <summary>Enough for an answer to an export: at most a sentence about what was rejected.</summary>
    private const int AnswerBytesMax = 64 << 10;

    private readonly Breaker breaker = metrics.BreakerOf(Component);
    private long triedAt;

    /// <summary>Creates the client of an exporter.</summary>
    /// <param name="timeout">The timeout of one export.</param>
    public HttpClient CreateClient(TimeSpan timeout) =>
        new(this, disposeHandler: false) { Timeout = timeout, MaxResponseContentBufferSize = AnswerBytesMax };

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (FailsFast(request) is { } refused)
            return refused;
        try
        {
            return Heard(base.Send(request, cancellationToken));
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            Failed(failure is OperationCanceledException ? "timeout" : "unreachable");
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (FailsFast(request) is { } refused)
            return refused;
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            // The outcome of a gRPC call follows its content.
            await response.Content.LoadIntoBufferAsync(AnswerBytesMax, cancellationToken);
            return Heard(response);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            Failed(failure is OperationCanceledException ? "timeout" : "unreachable");
            throw;
        }
    }

    private HttpResponseMessage? FailsFast(HttpRequestMessage request)
    {
        var before = Volatile.Read(ref triedAt);
        var now = time.GetTimestamp();
        // Of exports at the same time, one is the probe.
        if (breaker.IsOpen && (time.GetElapsedTime(before, now) < ProbeEvery
            || Interlocked.CompareExchange(ref triedAt, now, before) != before))
        {
            metrics.Failed(Component, "dropped", "warning");
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { RequestMessage = request };
        }

        Volatile.Write(ref triedAt, now);
        return null;
    }

    private HttpResponseMessage Heard(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode && StatusOf(response) is null or "0")
            breaker.Succeed();
        else
            Failed("refused");
        return response;
    }

    private void Failed(string reason)
    {
        breaker.Fail();
        metrics.Failed(Component, reason, "warning");
    }

    private static string? StatusOf(HttpResponseMessage response) =>
        response.TrailingHeaders.TryGetValues(GrpcStatus, out var trailing) ? string.Concat(trailing)
        : response.Headers.TryGetValues(GrpcStatus, out var leading) ? string.Concat(leading)
        : null;
}
