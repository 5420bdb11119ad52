using System.CommandLine;
using Jobtree.Monitoring.Packaging;

namespace Jobtree.Monitoring;

/// <summary>
/// <c>generate</c>: writes every file that is made from another one; with <c>--check</c> it only names the stale ones.
/// </summary>
internal static class GenerateCommand
{
    public static Command Make()
    {
        var root = new Option<DirectoryInfo>("--root")
        {
            Description = "The root of the repository.",
            DefaultValueFactory = _ => new DirectoryInfo("."),
        };
        var check = new Option<bool>("--check")
        {
            Description = "Write nothing; name the stale files and exit with 1 if there are any.",
        };
        var command = new Command("generate", "Write dashboards, docs/metrics.md and the packaged copies of all.")
        {
            root, check,
        };
        command.SetAction(parsed =>
            Run(new Repository(parsed.GetRequiredValue(root).FullName), parsed.GetValue(check)));
        return command;
    }

    private static int Run(Repository repository, bool checkOnly)
    {
        var files = GeneratedFiles.Of(repository);
        var stale = files.Where(file => !repository.Has(file)).ToList();
        var orphans = GeneratedFiles.Orphans(repository, files).ToList();
        foreach (var file in stale)
        {
            if (!checkOnly)
                repository.Write(file);
            Console.WriteLine($"{(checkOnly ? "stale" : "wrote")} {file.Path}");
        }

        foreach (var path in orphans)
        {
            if (!checkOnly)
                repository.Delete(path);
            Console.WriteLine($"{(checkOnly ? "stale" : "deleted")} {path}");
        }

        if (KubernetesTools.Find(repository) is null)
            Console.WriteLine(
                $"{RenderedManifests.Folder} was not rendered from the chart: no helm here. ./jobtree test gets it.");
        return checkOnly && stale.Count + orphans.Count > 0 ? 1 : 0;
    }
}
