using System.Threading.RateLimiting;
using Jobtree.Api.Access;
using Jobtree.Api.Problems;

namespace Jobtree.Api.Requests;

/// <summary>
/// Keeps one caller from using up the whole host: a rate limit per second with bursts of two seconds' worth.
/// </summary>
internal sealed class RequestLimit : IDisposable
{
    private const int BurstSeconds = 2;
    private const int RefillsPerSecond = 10;

    private readonly int perSecond;
    private readonly PartitionedRateLimiter<Caller>? limiter;

    public RequestLimit(ApiOptions options)
    {
        perSecond = options.RequestsPerSecondMax;
        if (perSecond == 0)
            return;
        // There is at most one bucket per token, so the number of buckets is bounded.
        var refill = Math.Max(1, perSecond / RefillsPerSecond);
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = BurstSeconds * perSecond,
            TokensPerPeriod = refill,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)refill / perSecond),
            QueueLimit = 0,
        };
        limiter = PartitionedRateLimiter.Create<Caller, string>(
            caller => RateLimitPartition.GetTokenBucketLimiter(caller.Name, _ => bucket), StringComparer.Ordinal);
    }

    /// <summary>Counts a request and returns why it is refused; null: it is served.</summary>
    public ApiProblem? Refusal(Caller caller)
    {
        using var lease = limiter?.AttemptAcquire(caller);
        if (lease is null or { IsAcquired: true })
            return null;
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
        var who = caller.Name.Length == 0 ? "Callers without a token" : $"The token '{caller.Name}'";
        return new ApiProblem(ProblemKind.LimitReached,
            $"{who} may send {perSecond} requests a second; nothing was done. Send it again later, or many documents " +
            $"in one request.")
        {
            RetryAfter = wait,
        };
    }

    public void Dispose() => limiter?.Dispose();
}
