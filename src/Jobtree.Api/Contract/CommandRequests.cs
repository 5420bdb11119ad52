using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Api.Contract;

/// <summary>The end of a run's workload, as whoever executes it reports it.</summary>
/// <param name="Succeeded">Whether it ended well.</param>
/// <param name="Message">What to show for it, such as an exit code; at most <see cref="MessageLengthMax"/>
/// characters.</param>
/// <param name="Attempt">Which start of the run it is about, counted from 1. It may be left out only while there was
/// never more than one; a report of another than the present attempt is refused.</param>
public sealed record Completion(bool Succeeded, string? Message = null, int? Attempt = null)
{
    /// <summary>The longest message, in characters.</summary>
    public const int MessageLengthMax = 1024;
}

/// <summary>The state that a node is to have. Who asks for it is the caller.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">Why, in one line of at most <see cref="ReasonLengthMax"/> characters.</param>
public sealed record NodeStateRequest([property: JsonRequired] NodeState State, string? Reason = null)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int ReasonLengthMax = 1024;
}

/// <summary>An owner to add to a run's sponsors.</summary>
/// <param name="Sponsor">The owner.</param>
public sealed record SponsorRequest(string Sponsor);
