using Jobtree.Manifests;

namespace Jobtree.Manifests.Tests;

/// <summary>Inputs with the errors they give or, if they are valid, with what is written back.</summary>
public sealed class CaseTests
{
    [Theory]
    [InlineData("notation.txt")]
    [InlineData("documents.txt")]
    [InlineData("nodes.txt")]
    [InlineData("budgets.txt")]
    [InlineData("runs.txt")]
    [InlineData("roles.txt")]
    [InlineData("ledger.txt")]
    [InlineData("older.txt")]
    public void Each_input_gives_its_errors_or_reads_back(string file) => CaseFile.Check(file, ReadBack);

    private static string ReadBack(string input)
    {
        var read = ManifestReader.Read(input, new ManifestReaderOptions { Source = "f" });
        Assert.Equal(read.Errors.Count > 0, read.Manifests.Count == 0 && !read.IsValid);
        return read.IsValid ? ManifestWriter.ToYaml(read.Manifests) : string.Join('\n', read.Errors);
    }
}
