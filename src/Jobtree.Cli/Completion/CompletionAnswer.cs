namespace Jobtree.Cli.Completion;

/// <summary>The possible completions at the cursor.</summary>
/// <param name="Words">The words that match the typed text, in order.</param>
/// <param name="Files">Whether a file name is also possible.</param>
internal sealed record CompletionAnswer(IReadOnlyList<CompletionWord> Words, bool Files);

/// <summary>A possible completion.</summary>
/// <param name="Text">The word.</param>
/// <param name="Description">Its description, for shells that show one.</param>
internal sealed record CompletionWord(string Text, string? Description);
