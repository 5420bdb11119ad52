namespace Jobtree.Manifests.Tests;

/// <summary><c>metadata.generateName</c> stands for a name that is made when the run is submitted.</summary>
public sealed class GeneratedNameTests
{
    [Fact]
    public void A_run_may_give_the_beginning_of_its_name()
    {
        var run = Assert.IsType<RunManifest>(Assert.Single(Read("generateName: train-").Manifests));
        Assert.True(run.GeneratesName);
        Assert.Equal("train-", run.Key.Name);
        var written = ManifestWriter.ToYaml(run);
        Assert.Contains("generateName: train-", written, StringComparison.Ordinal);
        var read = Assert.IsType<RunManifest>(Assert.Single(ManifestReader.Read(written).Manifests));
        Assert.Equal((run.Key, run.GeneratesName), (read.Key, read.GeneratesName));
    }

    [Fact]
    public void A_name_that_is_given_stands()
    {
        var run = Assert.IsType<RunManifest>(Assert.Single(Read("name: a\n  generateName: train-").Manifests));
        Assert.False(run.GeneratesName);
        Assert.Equal("a", run.Key.Name);
    }

    [Theory]
    [InlineData("generateName: -train")]
    [InlineData("generateName: Train-")]
    [InlineData("namespace: team")]
    public void What_is_no_beginning_of_a_name_is_refused(string metadata) => Assert.NotEmpty(Read(metadata).Errors);

    [Fact]
    public void Several_runs_may_share_the_beginning() =>
        Assert.Equal(2, ManifestReader.Read($"{Run("generateName: t-")}---\n" +
            $"{Run("generateName: t-")}").Manifests.Count);

    private static ManifestReadResult Read(string metadata) => ManifestReader.Read(Run(metadata));

    private static string Run(string metadata) => $"""
        apiVersion: jobtree.dev/v1
        kind: Run
        metadata:
          {metadata}
        spec:
          resources:
            gpuType: H100
            totalGPUs: 8

        """;
}
