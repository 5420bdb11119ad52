namespace Jobtree.Telemetry;

/// <summary>The definition of one kind of span.</summary>
/// <param name="Name">The span's name.</param>
/// <param name="Help">What it measures, as one sentence.</param>
/// <param name="Attributes">The names of its attributes.</param>
public sealed record SpanDefinition(string Name, string Help, params IReadOnlyList<string> Attributes);
