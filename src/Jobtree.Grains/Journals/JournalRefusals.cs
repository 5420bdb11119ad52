namespace Jobtree.Grains.Journals;

/// <summary>The store cannot be reached, and nothing was sent to it: the record was not appended.</summary>
/// <param name="message">The reason, without hosts, users or secrets.</param>
public sealed class JournalAwayException(string message) : IOException(message);

/// <summary>
/// The store refused a record: another activation of the same actor has written since, or durable records are gone.
/// </summary>
/// <param name="message">What was expected and what was found.</param>
public sealed class JournalFencedException(string message) : IOException(message);
