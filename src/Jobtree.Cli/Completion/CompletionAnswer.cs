namespace Jobtree.Cli.Completion;

/// <summary>What could stand at the cursor.</summary>
/// <param name="Words">The words that fit what was typed, in order.</param>
/// <param name="Files">Whether a file name could stand there too.</param>
internal sealed record CompletionAnswer(IReadOnlyList<CompletionWord> Words, bool Files);

/// <summary>A word that could stand at the cursor.</summary>
/// <param name="Text">The word.</param>
/// <param name="Description">What it means, for shells that show it.</param>
internal sealed record CompletionWord(string Text, string? Description);
