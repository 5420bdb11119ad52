using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Api.Contract;

/// <summary>The end of a run's workload, as reported by its executor.</summary>
/// <param name="Succeeded">Whether the workload succeeded.</param>
/// <param name="Message">The message to show, such as an exit code; one line of at most 1024 characters.</param>
/// <param name="Attempt">The attempt of the run, counted from 1. It may be omitted only if the run has had at most one
/// attempt. A report for any attempt but the current one is refused.</param>
public sealed record Completion(bool Succeeded, string? Message = null, int? Attempt = null);

/// <summary>The requested state of a node. The caller is the requester.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">The reason, one line of at most 1024 characters.</param>
/// <param name="EmptyBy">When a draining node is to be empty, later than now. Required for Draining, refused for any
/// other state.</param>
public sealed record NodeStateRequest(
    [property: JsonRequired] NodeState State, string? Reason = null, DateTimeOffset? EmptyBy = null);

/// <summary>A hold on a waiting run. The caller is the one who holds it.</summary>
/// <param name="Reason">Why, one line of at most 1024 characters.</param>
public sealed record HoldRequest(string? Reason = null);

/// <summary>By how much an elastic run is to shrink.</summary>
/// <param name="Gpus">How many GPUs less than it has, or than it would start with: whole steps, at least 1.</param>
public sealed record ShrinkRequest([property: JsonRequired] int Gpus);

/// <summary>An owner to add to a run's sponsors.</summary>
/// <param name="Sponsor">The owner.</param>
public sealed record SponsorRequest(string Sponsor);
