namespace Jobtree.Grains.Journals;

/// <summary>
/// The store cannot be reached, and nothing was sent to it: the record was not taken, and nothing has happened.
/// </summary>
/// <param name="message">Why, without hosts, users or secrets.</param>
public sealed class JournalAwayException(string message) : IOException(message);
