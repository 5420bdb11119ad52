using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Demo;

/// <summary>What the demo refuses, before it starts anything.</summary>
public sealed class DemoCommandTests
{
    [Theory]
    [InlineData("--minutes", "0.1", "--minutes takes 0.2 to 1440.")]
    [InlineData("--days", "0", "--days takes 1 to 365.")]
    [InlineData("--server", "ftp://fleet", "--server takes an address such as http://127.0.0.1:8080.")]
    [InlineData("--server", "http://127.0.0.1:1", "The fleet does not answer: Connection refused (127.0.0.1:1)")]
    public async Task An_option_that_cannot_be_used_is_refused_with_what_is_allowed(
        string option, string value, string said)
    {
        using var demo = HostProcess.Start("demo", option, value);
        Assert.Equal(1, await demo.Exit());
        Assert.Contains(said, demo.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", demo.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_was_used_is_left_as_it_is()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.Of("data/journal"));
        using var demo = HostProcess.Start("demo", "--data", folder.Of("data"));
        Assert.Equal(1, await demo.Exit());
        Assert.Contains("has been used already", demo.Said, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Of("data/journal")));
    }
}
