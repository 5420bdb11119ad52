namespace Jobtree.Silo.Hosting.Links;

/// <summary>What a silo says of its links.</summary>
/// <param name="Silo">The silo.</param>
/// <param name="Generation">When its process began: a larger one began later.</param>
/// <param name="At">When it said so.</param>
/// <param name="Unreached">The members that do not answer it.</param>
internal sealed record SiloLinks(string Silo, long Generation, DateTimeOffset At, IReadOnlyList<string> Unreached);
