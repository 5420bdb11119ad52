using System.Runtime.CompilerServices;

namespace Jobtree.Simulation.Tests;

/// <summary>
/// Compares with a file beside the tests. With JOBTREE_GOLDEN=write the file is written anew, for a person to read the
/// difference.
/// </summary>
internal static class Golden
{
    public static void Check(string name, string actual, [CallerFilePath] string here = "")
    {
        if (Environment.GetEnvironmentVariable("JOBTREE_GOLDEN") == "write")
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(here)!, "Golden", name), actual);
        else
            Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name)), actual);
    }
}
