namespace Jobtree.Journal;

/// <summary>An actor whose records stand in a journal.</summary>
/// <param name="Number">Its place among the actors as this reading met them, from 0: what is known of it can be kept
/// under that rather than looked up by its key.</param>
/// <param name="Key">Its key; the same instance each time.</param>
public readonly record struct JournalActor(int Number, string Key);
