namespace Jobtree.Monitoring.Tests;

/// <summary>The repository that these tests were built from.</summary>
internal static class Sources
{
    public static string Root { get; } = Find();

    public static Repository Repository() => new(Root);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Jobtree.Orleans.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("No Jobtree.Orleans.sln above the test.");
        return folder.FullName;
    }
}
