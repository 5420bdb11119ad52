using Orleans.Runtime;

namespace Jobtree.Silo.Metrics;

/// <summary>The kinds of failure in metrics.</summary>
internal static class FailureWord
{
    /// <summary>A store or another silo was away, or took too long.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>The word for a failure: <see cref="Unavailable"/> or <c>error</c>.</summary>
    public static string Of(Exception failure) => failure is IOException or TimeoutException
        or SiloUnavailableException or OperationCanceledException ? Unavailable : "error";
}
