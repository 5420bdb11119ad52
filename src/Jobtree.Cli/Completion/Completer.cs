using System.CommandLine;
using System.CommandLine.Completions;

namespace Jobtree.Cli.Completion;

/// <summary>Computes completions at the cursor from the command tree.</summary>
internal static class Completer
{
    private const string FileValue = "file";

    /// <summary>The completions for a command line.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="words">The words after the program's name; the last one is at the cursor.</param>
    public static CompletionAnswer Complete(Command root, IReadOnlyList<string> words)
    {
        var current = words.Count == 0 ? "" : words[^1];
        var command = root;
        var pending = default(Option);
        foreach (var word in words.SkipLast(1))
        {
            if (pending is not null)
                pending = null;
            else if (word.StartsWith('-'))
                pending = word.Contains('=', StringComparison.Ordinal) ? null : TakesValue(command, word);
            else if (command.Subcommands.FirstOrDefault(sub => !sub.Hidden && Is(sub, word)) is { } sub)
                command = sub;
        }
        if (pending is not null)
            return Values(pending, "", current);
        if (current.StartsWith('-') && current.IndexOf('=', StringComparison.Ordinal) is var equal and > 0)
            return TakesValue(command, current[..equal]) is { } option ? Values(
                option, current[..(equal + 1)], current[(equal + 1)..]) : new([], false);
        return current.StartsWith('-') ? Options(command, current) : new CompletionAnswer(
            [.. Subcommands(command, current)], Files: false);
    }

    private static IEnumerable<CompletionWord> Subcommands(Command command, string typed) => command.Subcommands
        .Where(sub => !sub.Hidden && sub.Name.StartsWith(typed, StringComparison.Ordinal))
        .Select(sub => new CompletionWord(sub.Name, sub.Description));

    private static CompletionAnswer Options(Command command, string typed) => new(
        [
            .. from option in AllOptions(command)
               where !option.Hidden
               from name in option.Aliases.Prepend(option.Name)
               where name.StartsWith(typed, StringComparison.Ordinal)
                   && (name.StartsWith("--", StringComparison.Ordinal) || typed == name)
               orderby name
               select new CompletionWord(name, option.Description),
        ],
        Files: false);

    private static CompletionAnswer Values(Option option, string prefix, string typed) => new(
        [
            .. from item in option.GetCompletions(CompletionContext.Empty)
               where item.Label.StartsWith(typed, StringComparison.OrdinalIgnoreCase)
               select new CompletionWord(prefix + item.Label, null),
        ],
        Files: option.HelpName == FileValue);

    private static Option? TakesValue(Command command, string name) => AllOptions(command)
        .FirstOrDefault(option => (option.Name == name || option.Aliases.Contains(name))
            && option.ValueType != typeof(bool) && option.Arity.MaximumNumberOfValues > 0);

    // A command's own options and those inherited from its ancestors.
    private static IEnumerable<Option> AllOptions(Command command)
    {
        var inherited = command.Parents.OfType<Command>().SelectMany(AllOptions).Where(option => option.Recursive);
        return command.Options.Concat(inherited).Distinct();
    }

    private static bool Is(Command command, string word) => command.Name == word || command.Aliases.Contains(word);
}
