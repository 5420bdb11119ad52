namespace Jobtree.Cli.Completion;

/// <summary>A word that could stand at the cursor.</summary>
/// <param name="Text">The word.</param>
/// <param name="Description">What it means, for shells that show it.</param>
internal sealed record CompletionWord(string Text, string? Description);
