using System.Runtime.CompilerServices;
using System.Text;

namespace Jobtree.Manifests.Tests;

/// <summary>
/// A file of cases, each a title after <c>===</c>, an input, and after a line <c>>>></c> the output expected. With
/// JOBTREE_REWRITE_CASES=1 in the environment the files in the source tree are rewritten with what comes out, for a
/// person to read the diff.
/// </summary>
internal static class CaseFile
{
    private const string Title = "=== ";
    private const string Output = ">>>";

    public static IEnumerable<(string Title, string Input, string Expected)> Read(string file)
    {
        foreach (var chunk in ("\n" + File.ReadAllText(PathOf(file))).Split("\n" + Title, StringSplitOptions.None)
            .Skip(1))
        {
            var parts = (chunk + "\n").Split("\n" + Output + "\n");
            var title = parts[0].Split('\n')[0];
            yield return (title, parts[0][(title.Length + 1)..], (parts.ElementAtOrDefault(1) ?? "").Trim('\n'));
        }
    }

    /// <summary>Checks every case of a file, or rewrites them.</summary>
    public static void Check(string file, Func<string, string> run)
    {
        var cases = Read(file).ToArray();
        Assert.NotEmpty(cases);
        if (Environment.GetEnvironmentVariable("JOBTREE_REWRITE_CASES") == "1")
        {
            Rewrite(file, cases, run);
            return;
        }
        Assert.All(cases, item => Assert.Equal(item.Expected, run(item.Input).Trim('\n')));
    }

    private static void Rewrite(
        string file, IEnumerable<(string Title, string Input, string Expected)> cases, Func<string, string> run)
    {
        var text = new StringBuilder();
        foreach (var (title, input, _) in cases)
            text.Append(Title).Append(title).Append('\n').Append(input).Append('\n').Append(Output).Append('\n').Append(
                run(input).Trim('\n')).Append("\n\n");
        File.WriteAllText(Path.Combine(SourceFolder(), "cases", file), text.ToString().TrimEnd('\n') + "\n");
    }

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "cases", file);

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
