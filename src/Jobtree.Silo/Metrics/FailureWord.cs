using Orleans.Runtime;

namespace Jobtree.Silo.Metrics;

/// <summary>The kinds of failure in metrics.</summary>
internal static class FailureWord
{
    /// <summary>
    /// The word for a failure: <c>unavailable</c> (a store or another silo was away) or <c>error</c>.
    /// </summary>
    public static string Of(Exception failure) => failure is IOException or TimeoutException
        or SiloUnavailableException or OperationCanceledException ? "unavailable" : "error";
}
