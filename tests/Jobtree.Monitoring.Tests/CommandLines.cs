using System.CommandLine;
using System.Text.RegularExpressions;
using Jobtree.Cli;

namespace Jobtree.Monitoring.Tests;

/// <summary>Tells of the commands that a page shows whether they exist.</summary>
internal static class CommandLines
{
    private const string Plugin = "kubectl runs ";
    private const string Script = "./jobtree ";

    private static readonly RootCommand Commands = CommandTree.Create(new CliHost(
        Terminal.OfProcess(), static _ => null, TimeProvider.System,
        static (_, _, _) => throw new InvalidOperationException("Only parsed, never run.")));

    private static readonly string Dispatch = Sources.Repository().Read("jobtree");

    /// <summary>What is wrong with a command; nothing if it exists, or is of another program.</summary>
    public static IEnumerable<string> Problems(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (line.StartsWith(Plugin, StringComparison.Ordinal))
            return Parse(words[2..]);
        if (!line.StartsWith(Script, StringComparison.Ordinal))
            return [];
        if (words[1] == "runs")
            return Parse(words[2..]);
        var isKnown = Regex.IsMatch(
            Dispatch, $@"^    ([a-z]+ \| )*{Regex.Escape(words[1])}( \| [a-z]+)*\)", RegexOptions.Multiline);
        return isKnown ? [] : [$"there is no ./jobtree {words[1]}."];
    }

    private static IEnumerable<string> Parse(string[] words) =>
        Commands.Parse([.. words.Select(Example)]).Errors.Select(error => error.Message);

    // A word in capitals stands for a name, which has small letters.
    private static string Example(string word) =>
        word[0] == '-' || word.Any(char.IsLower) ? word : word.ToLowerInvariant();
}
