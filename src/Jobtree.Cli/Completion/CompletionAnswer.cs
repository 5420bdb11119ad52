namespace Jobtree.Cli.Completion;

/// <summary>What could stand at the cursor.</summary>
/// <param name="Words">The words that fit what was typed, in order.</param>
/// <param name="Files">Whether a file name could stand there too.</param>
internal sealed record CompletionAnswer(IReadOnlyList<CompletionWord> Words, bool Files);
