using System.Runtime.CompilerServices;

namespace Jobtree.Cli.Tests.Stories;

/// <summary>
/// Where the stories are: beside the tests when they run, beside this file when they are written anew.
/// </summary>
internal static class StoryFile
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Stories", name);

    public static string SourcePathOf(string name, [CallerFilePath] string thisFile = "") =>
        Path.Combine(Path.GetDirectoryName(thisFile)!, name);
}
