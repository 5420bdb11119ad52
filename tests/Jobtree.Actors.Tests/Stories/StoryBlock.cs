namespace Jobtree.Actors.Tests.Stories;

/// <summary>Some commands and what they are to print, with the comments above them.</summary>
/// <param name="Comments">Lines that begin with a hash, and blank ones, as they stand.</param>
/// <param name="Commands">One command per line.</param>
/// <param name="Expected">The output of all of them.</param>
internal sealed record StoryBlock(IReadOnlyList<string> Comments, IReadOnlyList<string> Commands, string Expected);
