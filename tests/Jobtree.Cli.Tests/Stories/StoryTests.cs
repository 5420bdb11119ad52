using System.Globalization;
using System.Text;
using Jobtree.Cli.State;
using Jobtree.Cli.Tests.Live;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests.Stories;

/// <summary>
/// Each story is a text file of command lines and what they print. A line <c>$ ...</c> is run on the sample fleet;
/// below it stand its output, its standard error after <c>! </c>, and its exit code unless it is 0. <c># width 60</c>
/// sets the terminal's width, <c>&lt; text</c> gives a line of standard input. Set JOBTREE_WRITE_STORIES=1 to write
/// what is printed now into the files.
/// </summary>
public sealed class StoryTests
{
    public static TheoryData<string> Stories => [.. Names];

    private static IEnumerable<string> Names =>
        Directory.EnumerateFiles(StoryFile.PathOf(""), "*.txt").Select(path => Path.GetFileName(path)).Order(
            StringComparer.Ordinal);

    // These tell what only a state file or only a server does; all others must read the same on both.
    private static readonly string[] OfOneKind = ["refusals.txt", "watch.txt"];

    public static TheoryData<string> StoriesOfBoth => [.. Names.Except(OfOneKind)];

    [Theory]
    [MemberData(nameof(StoriesOfBoth))]
    public async Task Prints_the_same_when_a_server_answers(string story)
    {
        using var bench = new CliBench();
        await using var server = await ApiServer.OverSample(bench);
        var told = await File.ReadAllTextAsync(StoryFile.PathOf(story));
        Assert.Equal(told, await Tell(told, bench, ["--server", server.Url]));
    }

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task Prints_what_the_story_says(string story)
    {
        using var bench = new CliBench();
        var told = await File.ReadAllTextAsync(StoryFile.PathOf(story));
        var printed = await Tell(told, bench, ["--state", bench.WriteSample()]);
        if (Environment.GetEnvironmentVariable("JOBTREE_WRITE_STORIES") == "1")
            await File.WriteAllTextAsync(StoryFile.SourcePathOf(story), printed);
        else
            Assert.Equal(told, printed);
    }

    [Fact]
    public async Task The_manual_shows_what_is_really_printed()
    {
        var manual = await File.ReadAllTextAsync(StoryFile.PathOf("cli.md"));
        var printed = new StringBuilder();
        foreach (var (i, part) in manual.Split("```console\n").Index())
        {
            var block = i == 0 ? 0 : part.IndexOf("```", StringComparison.Ordinal);
            using var bench = new CliBench { Fleets = StateFleet.Create };
            printed.Append(i == 0 ? "" : "```console\n").Append(
                await Tell(part[..block], bench, ["--state", await ManualFleet(bench)])).Append(part[block..]);
        }
        if (Environment.GetEnvironmentVariable("JOBTREE_WRITE_STORIES") == "1")
            await File.WriteAllTextAsync(StoryFile.SourcePathOf("../../../docs/cli.md"), printed.ToString());
        else
            Assert.Equal(manual, printed.ToString());
    }

    // The fleet of the manual, as it came about: a morning's runs, and one that came later.
    private static async Task<string> ManualFleet(CliBench bench)
    {
        var file = bench.Path("cluster.yaml");
        foreach (var (manifests, at) in new[] { ("fleet", "09:50"), ("morning", "09:55"), ("noon", "11:48") })
        {
            bench.Time = new FixedTime(DateTimeOffset.Parse($"2026-03-02T{at}:00Z", CultureInfo.InvariantCulture));
            var result = await bench.Run("--state", file, "apply", "-f", StoryFile.PathOf($"manual/{manifests}.yaml"));
            Assert.Equal(0, result.ExitCode);
        }
        bench.Time = FixedTime.Noon;
        return file;
    }

    private static async Task<string> Tell(string story, CliBench bench, string[] fleet)
    {
        var printed = new StringBuilder();
        foreach (var line in story.Split('\n').Where(line => line.Length > 0 && line[0] is '$' or '#' or '<'))
        {
            if (line[0] == '$' && printed.Length > 0 && printed[^1] == '\n' && !EndsWithDirective(printed))
                printed.Append('\n');
            printed.Append(line).Append('\n');
            if (line.StartsWith("# width ", StringComparison.Ordinal))
                bench.Width = line[8..] is "none" ? null : int.Parse(line[8..], CultureInfo.InvariantCulture);
            else if (line[0] == '<')
                bench.Input += line[2..] + "\n";
            else if (line[0] == '$')
                await Run(bench, fleet, line, printed);
        }
        return printed.ToString();
    }

    private static bool EndsWithDirective(StringBuilder printed)
    {
        var text = printed.ToString().TrimEnd('\n');
        return text[(text.LastIndexOf('\n') + 1)..] is ['#' or '<', ..];
    }

    private static async Task Run(CliBench bench, string[] fleet, string line, StringBuilder printed)
    {
        var words = line["$ kubectl runs".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bench.Variables["JOBTREE_SERVER"] = "http://127.0.0.1:1";
        string[] arguments = words.Contains("--live") ? [.. words.Except(["--live"])] : [.. fleet, .. words];
        var result = await bench.Run(arguments);
        bench.Input = "";
        printed.Append(result.Out.Replace(bench.Folder, "", StringComparison.Ordinal));
        foreach (var error in result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            printed.Append("! ").Append(error.Replace(bench.Folder, "", StringComparison.Ordinal)).Append('\n');
        if (result.ExitCode != 0)
            printed.Append(CultureInfo.InvariantCulture, $"exit {result.ExitCode}\n");
    }
}
