using System.CommandLine;

namespace Jobtree.Cli.Completion;

/// <summary>
/// <c>completions SHELL</c>, which prints a script for a shell, and the hidden <c>__complete</c>, which the scripts
/// call. Completions come from the command tree, so a script never has to be regenerated.
/// </summary>
internal static class CompletionCommands
{
    /// <summary>The name of the hidden command; kubectl calls plugins the same way.</summary>
    public const string AnswerName = "__complete";

    /// <summary><c>completions</c>.</summary>
    /// <param name="writer">Receives the script.</param>
    public static Command Scripts(TextWriter writer)
    {
        var command = new Command("completions", "Print a completion script for a shell.");
        command.Add(Script(writer, "bash", "source <(kubectl-runs completions bash)", CompletionScripts.Bash));
        command.Add(Script(writer, "zsh", "source <(kubectl-runs completions zsh)", CompletionScripts.Zsh));
        command.Add(Script(writer, "fish", "kubectl-runs completions fish | source", CompletionScripts.Fish));
        return command;
    }

    /// <summary><c>__complete WORD...</c>: the last word is the one at the cursor and may be empty.</summary>
    /// <param name="writer">Receives the completions, one per line, and a last line that says whether file names are
    /// possible.</param>
    /// <param name="root">The tree.</param>
    public static Command Answers(TextWriter writer, RootCommand root)
    {
        var command = new Command(AnswerName) { Hidden = true, TreatUnmatchedTokensAsErrors = false };
        command.SetAction(parsed =>
        {
            var answer = Completer.Complete(root, [.. parsed.UnmatchedTokens]);
            foreach (var word in answer.Words)
                writer.WriteLine(word.Description is null ? word.Text : $"{word.Text}\t{word.Description}");
            writer.WriteLine(answer.Files ? ":0" : ":4");
        });
        return command;
    }

    private static Command Script(TextWriter writer, string shell, string use, string script)
    {
        var command = new Command(shell, $"For {shell}: {use}");
        command.SetAction(_ => writer.Write(script));
        return command;
    }
}
