using Jobtree.Core.Model;

namespace Jobtree.Silo.Demo;

/// <summary>Something that the day brings beside its runs.</summary>
/// <param name="At">When, since the day began.</param>
internal abstract record DayEvent(TimeSpan At);

/// <summary>Somebody changes the state of a node.</summary>
/// <param name="At">When, since the day began.</param>
/// <param name="Node">The node.</param>
/// <param name="State">Its new state; fencing is tried again until the node is empty.</param>
/// <param name="Reason">Why.</param>
internal sealed record NodeEvent(TimeSpan At, string Node, NodeState State, string Reason) : DayEvent(At);

/// <summary>Somebody reads, as people and pages do all day.</summary>
/// <param name="At">When, since the day began.</param>
/// <param name="Path">What is read.</param>
internal sealed record ReadEvent(TimeSpan At, string Path) : DayEvent(At);

/// <summary>Somebody sends what the API refuses: a misspelt word, an unknown run, a manifest in error.</summary>
/// <param name="At">When, since the day began.</param>
/// <param name="Path">The path.</param>
/// <param name="Body">The body of a POST; absent: a GET.</param>
internal sealed record MistakeEvent(TimeSpan At, string Path, string? Body) : DayEvent(At);
