namespace Jobtree.Journal;

/// <summary>A log that was read to its end.</summary>
/// <param name="End">Where to go on; null if there is no log yet.</param>
/// <param name="Report">What was read.</param>
internal sealed record RecoveredLog(WalkEnd? End, RecoveryReport Report);
