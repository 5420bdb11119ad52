using Jobtree.Actors.Operations;
using Jobtree.Core.Ledger;
using Jobtree.Telemetry;

namespace Jobtree.Api.Routes;

/// <summary>Runs audits one at a time, because each reads the whole live state, and counts the violations.</summary>
internal sealed class Auditor(IOperations operations, FleetMetrics metrics, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim one = new(1, 1);

    public async Task<Result<AuditReport>> Audit(CancellationToken cancellation)
    {
        await one.WaitAsync(cancellation);
        try
        {
            var began = time.GetTimestamp();
            var result = await operations.Audit(cancellation);
            var succeeded = result.Succeeded(out var report, out _);
            metrics.Passed("audit", time.GetElapsedTime(began), succeeded ? time.GetUtcNow() : null);
            if (report is null)
                return result;
            foreach (var broken in report.Violations.GroupBy(violation => violation.Invariant))
                metrics.Violated(broken.Key, broken.Count());
            return result;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();
}
