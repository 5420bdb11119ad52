using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>
/// The image: what it copies, the rules of hadolint that apply to it, and the same settings for the image that
/// <c>dotnet publish</c> makes.
/// </summary>
public sealed partial class DockerfileTests
{
    private const string Silo = "src/Jobtree.Silo/Jobtree.Silo.csproj";

    private static readonly IReadOnlyList<(string Name, string Text)> Instructions = Read();

    [Fact]
    public void Every_project_that_the_silo_is_built_from_is_copied_before_the_restore()
    {
        var text = string.Join('\n', Instructions.TakeWhile(line => line.Name != "RUN").Select(line => line.Text));
        Assert.All(Projects(Silo), project =>
        {
            var folder = project[..(project.LastIndexOf('/') + 1)];
            Assert.Contains($"{project} {folder}packages.lock.json {folder}", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Base_images_are_pinned_to_a_release_and_the_last_is_chiselled_and_not_run_as_root()
    {
        var bases = All("FROM").Select(rest => rest.Split(' ')[0]).ToList();
        Assert.All(bases, image => Assert.Matches(@":\d+\.\d+\.\d+-", image));
        Assert.EndsWith("-chiseled", bases[^1], StringComparison.Ordinal);
        var last = Instructions.Skip(LastFrom()).ToList();
        Assert.Equal("$APP_UID", Assert.Single(last, line => line.Name == "USER").Text);
        // Nothing runs in the last stage, so no cache or list of packages can be left in it.
        Assert.DoesNotContain(last, line => line.Name is "RUN" or "ADD");
    }

    [Fact]
    public void Hadolints_rules_hold()
    {
        string[] known =
        [
            "FROM", "WORKDIR", "COPY", "RUN", "LABEL", "ENV", "USER", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD",
        ];
        Assert.Subset(known.ToHashSet(), Instructions.Select(line => line.Name).ToHashSet()); // DL3020, DL4000
        Assert.All(All("WORKDIR"), folder => Assert.StartsWith("/", folder, StringComparison.Ordinal)); // DL3000
        Assert.All(All("RUN"), run => Assert.DoesNotMatch(@"\b(sudo|cd|apt|wget|curl)\b", run)); // DL3003, DL3004
        Assert.All(All("RUN"), run => Assert.DoesNotMatch(@"[^|]\|[^|]", run)); // DL4006
        Assert.All(All("COPY"), copy => // DL3021, DL3022
        {
            var parts = copy.Split(' ');
            Assert.True(parts.Length == 2 || parts[^1].EndsWith('/'), copy);
            Assert.True(!parts[0].StartsWith("--from=", StringComparison.Ordinal) || Aliases().Contains(parts[0][7..]),
                copy);
        });
        Assert.Equal(Aliases().Count(), Aliases().Distinct().Count()); // DL3024
        Assert.All(All("ENTRYPOINT").Concat(All("CMD")), exec => Assert.StartsWith("[\"", exec,
            StringComparison.Ordinal)); // DL3025
        Assert.All(All("EXPOSE").SelectMany(ports => ports.Split(' ')), port => // DL3011
            Assert.InRange(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), 1, 65535));
        Assert.DoesNotContain(Instructions.Zip(Instructions.Skip(1)), // DL3059
            pair => pair.First.Name == "RUN" && pair.Second.Name == "RUN");
    }

    [Fact]
    public async Task The_image_that_publish_makes_is_the_same()
    {
        var asked = await ToolResult.Of("dotnet",
        [
            "msbuild", Silo, "-nologo", "-nodeReuse:false", "-p:Configuration=Release",
            "-getProperty:ContainerBaseImage,ContainerUser,ContainerWorkingDirectory,ContainerRepository",
            "-getItem:ContainerPort,ContainerEnvironmentVariable,ContainerAppCommand,ContainerDefaultArgs",
        ]);
        var answer = JsonNode.Parse(asked.Succeeded())!;
        var properties = answer["Properties"]!;
        Assert.Equal(All("FROM").Last(), (string?)properties["ContainerBaseImage"]);
        Assert.Equal(("1654", "/app", "jobtree-silo"), ((string?)properties["ContainerUser"],
            (string?)properties["ContainerWorkingDirectory"], (string?)properties["ContainerRepository"]));
        Assert.Equal(Assert.Single(All("EXPOSE")), Items(answer, "ContainerPort", item => (string)item["Identity"]!));
        Assert.Equal(Assert.Single(All("ENV")),
            Items(answer, "ContainerEnvironmentVariable", item => $"{item["Identity"]}={item["Value"]}"));
        Assert.Equal("dotnet /app/jobtree-silo.dll",
            Items(answer, "ContainerAppCommand", item => (string)item["Identity"]!));
        Assert.Equal("up --help", Items(answer, "ContainerDefaultArgs", item => (string)item["Identity"]!));
    }

    [Fact]
    public async Task Only_what_is_published_is_compiled_beforehand_for_platforms_that_the_lock_file_has()
    {
        var lockFile = JsonNode.Parse(await File.ReadAllTextAsync(
            Path.Combine(Sources.Root, "src/Jobtree.Silo/packages.lock.json"), TestContext.Current.CancellationToken))!;
        var locked = lockFile["dependencies"]!.AsObject().Select(target => target.Key.Split('/'))
            .Where(target => target.Length > 1).Select(target => target[1]);
        var published = await Properties("-p:_IsPublishing=true");
        var built = await Properties();

        Assert.Equal(["linux-arm64", "linux-x64"], locked.Order(StringComparer.Ordinal));
        Assert.Equal(("true", "linux-x64;linux-arm64"),
            ((string?)published["PublishReadyToRun"], (string?)published["RuntimeIdentifiers"]));
        // Nor does a build download what compiles beforehand.
        Assert.Equal(("", "linux-x64;linux-arm64", "false"), ((string?)built["PublishReadyToRun"],
            (string?)built["RuntimeIdentifiers"], (string?)built["EnableRuntimePackDownload"]));
        var runs = string.Join(' ', All("RUN"));
        Assert.Contains("--locked-mode -p:PublishReadyToRun=true", runs, StringComparison.Ordinal);
        Assert.Contains("--no-restore", runs, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> Properties(params string[] given)
    {
        var asked = await ToolResult.Of("dotnet",
        [
            "msbuild", Silo, "-nologo", "-nodeReuse:false", "-p:Configuration=Release", .. given,
            "-getProperty:PublishReadyToRun,RuntimeIdentifiers,EnableRuntimePackDownload",
        ]);
        return JsonNode.Parse(asked.Succeeded())!["Properties"]!;
    }

    private static string Items(JsonNode answer, string name, Func<JsonNode, string> text) =>
        string.Join(' ', answer["Items"]![name]!.AsArray().Select(item => text(item!)));

    private static IEnumerable<string> All(string name) =>
        Instructions.Where(line => line.Name == name).Select(line => line.Text);

    private static IEnumerable<string> Aliases() => All("FROM")
        .Where(rest => rest.Contains(" AS ", StringComparison.Ordinal)).Select(rest => rest.Split(" AS ")[1]);

    private static int LastFrom() => Instructions.Select((line, index) => (line.Name, index))
        .Last(line => line.Name == "FROM").index;

    private static HashSet<string> Projects(string project)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>([project]);
        while (open.TryDequeue(out var next))
        {
            if (!found.Add(next))
                continue;
            var folder = Path.GetDirectoryName(next)!;
            foreach (var reference in XDocument.Load(Path.Combine(Sources.Root, next)).Descendants("ProjectReference"))
                open.Enqueue(Path.GetRelativePath(Sources.Root, Path.GetFullPath(
                    Path.Combine(Sources.Root, folder, (string)reference.Attribute("Include")!))));
        }

        return found;
    }

    private static List<(string, string)> Read()
    {
        var lines = File.ReadAllLines(Path.Combine(Sources.Root, "deploy/docker/Dockerfile"))
            .Where(line => line.Length > 0 && !line.StartsWith('#'));
        return
        [
            .. Continuation().Replace(string.Join('\n', lines), " ").Split('\n')
                .Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1])),
        ];
    }

    [GeneratedRegex(@"\s*\\\n\s*")]
    private static partial Regex Continuation();
}
