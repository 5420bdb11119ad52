namespace Jobtree.Core.Model;

/// <summary>A forecast of a start.</summary>
/// <param name="Median">As likely before as after.</param>
/// <param name="P90">Nine times in ten before.</param>
public sealed record RunEta(DateTimeOffset Median, DateTimeOffset P90);
