namespace Jobtree.Api.Contract;

/// <summary>The end of a run's workload, as whoever executes it reports it.</summary>
/// <param name="Succeeded">Whether it ended well.</param>
/// <param name="Message">What to show for it, such as an exit code; at most <see cref="MessageLengthMax"/>
/// characters.</param>
public sealed record Completion(bool Succeeded, string? Message = null)
{
    /// <summary>The longest message, in characters.</summary>
    public const int MessageLengthMax = 1024;
}
