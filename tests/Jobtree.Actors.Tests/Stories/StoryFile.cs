using System.Runtime.CompilerServices;
using System.Text;

namespace Jobtree.Actors.Tests.Stories;

/// <summary>
/// A story on disk: blocks of commands, a line <c>----</c>, and the output expected up to the next blank line. With
/// JOBTREE_REWRITE_CASES=1 in the environment the file in the source tree is rewritten with what comes out, for a
/// person to read the diff.
/// </summary>
internal static class StoryFile
{
    private const string Separator = "----";

    public static bool IsRewriting => Environment.GetEnvironmentVariable("JOBTREE_REWRITE_CASES") == "1";

    public static IEnumerable<string> Names() =>
        Directory.GetFiles(Folder(), "*.txt").Select(Path.GetFileName).Order(StringComparer.Ordinal)!;

    public static IReadOnlyList<StoryBlock> Read(string name)
    {
        var blocks = new List<StoryBlock>();
        List<string> comments = [], commands = [];
        using var lines = File.ReadLines(Path.Combine(Folder(), name)).GetEnumerator();
        while (lines.MoveNext())
        {
            var line = lines.Current.TrimEnd();
            if (line.Length == 0 || line[0] == '#')
            {
                comments.Add(line);
                continue;
            }
            if (line != Separator)
            {
                commands.Add(line);
                continue;
            }
            var expected = new StringBuilder();
            while (lines.MoveNext() && lines.Current.Length > 0)
                expected.Append(lines.Current).Append('\n');
            blocks.Add(new StoryBlock(comments, commands, expected.ToString()));
            (comments, commands) = ([], []);
        }
        Assert.Empty(commands);
        Assert.NotEmpty(blocks);
        return blocks;
    }

    public static void Write(string name, IEnumerable<(StoryBlock Block, string Output)> told)
    {
        var text = new StringBuilder();
        foreach (var (block, output) in told)
        {
            foreach (var line in block.Comments.Concat(block.Commands).Append(Separator))
                text.Append(line).Append('\n');
            text.Append(output).Append('\n');
        }
        File.WriteAllText(Path.Combine(Folder(), name), text.ToString().TrimEnd('\n') + "\n");
    }

    private static string Folder([CallerFilePath] string path = "")
    {
        var beside = Path.Combine(AppContext.BaseDirectory, "Stories");
        return IsRewriting ? Path.GetDirectoryName(path)! : beside;
    }
}
