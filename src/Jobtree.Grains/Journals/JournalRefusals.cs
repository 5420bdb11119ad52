namespace Jobtree.Grains.Journals;

/// <summary>
/// The store cannot be reached, and nothing was sent to it: the record was not taken, and nothing has happened.
/// </summary>
/// <param name="message">Why, without hosts, users or secrets.</param>
public sealed class JournalAwayException(string message) : IOException(message);

/// <summary>
/// The store refused a record: another activation of the same actor has written since, or records that were kept are
/// gone.
/// </summary>
/// <param name="message">What was expected and what was found.</param>
public sealed class JournalFencedException(string message) : IOException(message);
