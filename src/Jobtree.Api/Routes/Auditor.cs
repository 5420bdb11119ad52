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
            var result = await operations.Audit(cancellation);
            if (!result.Succeeded(out var report, out _))
                return result;
            foreach (var broken in report.Violations.GroupBy(violation => violation.Invariant))
                metrics.Violated(broken.Key, broken.Count());
            metrics.Succeeded("audit", time.GetUtcNow());
            return result;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();
}
