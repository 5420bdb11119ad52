namespace Jobtree.Monitoring.Tests;

/// <summary>The packaged copies are up to date: <c>./jobtree monitoring generate</c> renews them.</summary>
public sealed class GeneratedFileTests
{
    [Fact]
    public void No_generated_file_is_stale()
    {
        var repository = Sources.Repository();
        var files = GeneratedFiles.Of(repository);
        var stale = files.Where(file => !repository.Has(file)).Select(file => file.Path)
            .Concat(GeneratedFiles.Orphans(repository, files)).ToList();
        Assert.True(stale.Count == 0, $"Stale; run ./jobtree monitoring generate: {string.Join(", ", stale)}");
    }
}
