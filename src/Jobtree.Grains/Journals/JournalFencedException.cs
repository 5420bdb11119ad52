namespace Jobtree.Grains.Journals;

/// <summary>
/// The store refused a record: another activation of the same actor has written since, or records that were kept are
/// gone.
/// </summary>
/// <param name="message">What was expected and what was found.</param>
public sealed class JournalFencedException(string message) : IOException(message);
