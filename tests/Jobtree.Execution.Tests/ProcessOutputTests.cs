using System.Diagnostics.CodeAnalysis;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Tests;

/// <summary>What is kept of the output, and who may read it.</summary>
public sealed class ProcessOutputTests
{
    private const UnixFileMode Others = ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    [Fact]
    public async Task Output_beyond_the_cap_is_dropped_and_the_file_says_so_while_the_process_goes_on()
    {
        await using var host = new ProcessHost(o => o with { OutputBytesMax = 4000 });
        var launch = Launches.Of("loud", "/bin/sh", "-c",
            "head -c 5000000 /dev/zero | tr '\\0' x; head -c 4096 /dev/zero | tr '\\0' y >&2; echo done >done");

        Assert.True((await host.Run(launch)).Succeeded);

        Assert.Equal(new string('x', 4096) + "\n[jobtree: output beyond 4096 bytes was dropped]\n",
            host.Output(launch, "rank-0.out"));
        Assert.Equal(new string('y', 4096), host.Output(launch, "rank-0.err"));
        Assert.Single(Directory.GetFiles(host.Folder, "done", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task The_cap_is_on_output_only()
    {
        await using var host = new ProcessHost(o => o with { OutputBytesMax = 512 });
        Assert.True((await host.Run(Launches.Of("big", "/bin/sh", "-c", "head -c 1000000 /dev/zero >checkpoint")))
            .Succeeded);
        Assert.Equal(1_000_000,
            new FileInfo(Directory.GetFiles(host.Folder, "checkpoint", SearchOption.AllDirectories).Single()).Length);
    }

    [Fact]
    public async Task Output_can_be_read_while_the_process_runs()
    {
        await using var host = new ProcessHost();
        var launch = Launches.Of("live", "/bin/sh", "-c", "echo first; exec sleep 600");
        await host.Start(launch);
        Assert.Equal("first", await ProcessHost.FileWritten(
            Path.Combine(host.Folder, "logs", "team", "live", "1", "rank-0.out")));
        Assert.Equal("first\n", host.Output(launch, "rank-0.out"));
    }

    [Fact]
    [SuppressMessage("Interoperability", "CA1416", Justification = "The process executor runs on Linux only.")]
    public async Task Nobody_else_may_read_what_is_kept()
    {
        await using var host = new ProcessHost();
        await host.Run(Launches.Of("private", ["n#0"], ["/bin/echo", "x"], env: new() { ["SECRET"] = "s" }));
        foreach (var path in Directory.EnumerateFileSystemEntries(host.Folder, "*", SearchOption.AllDirectories)
            .Where(p => !p.EndsWith(".exit", StringComparison.Ordinal)))
            Assert.True((File.GetUnixFileMode(path) & Others) == 0, path);
    }

    [Fact]
    public async Task Old_attempts_make_room_for_new_ones()
    {
        await using var host = new ProcessHost(o => o with { AttemptsKeptPerRun = 2, AttemptsKept = 3 });
        for (var attempt = 1; attempt <= 4; attempt++)
            await host.Run(Launches.Of("old", ["n#0"], ["/bin/echo", $"{attempt}"], attempt));
        Assert.Equal(["4/rank-0.out", "4/rank-0.err", "3/rank-0.out", "3/rank-0.err"],
            host.Logs.List(new RunKey("team", "old")));
        await host.Run(Launches.Of("other", "/bin/true"));
        await host.Run(Launches.Of("third", "/bin/true"));
        Assert.Equal(["4/rank-0.out", "4/rank-0.err"], host.Logs.List(new RunKey("team", "old")));
        Assert.Single(Directory.GetDirectories(Path.Combine(host.Folder, "attempts", "team", "old")));
    }

    [Theory]
    [InlineData("../../../../launch.json")]
    [InlineData("1/../1/rank-0.out")]
    [InlineData("1/rank-0.out\n")]
    [InlineData("/etc/passwd")]
    [InlineData("1/rank-0.exit")]
    [InlineData("1/rank-99.out")]
    [InlineData("9/rank-0.out")]
    [InlineData("99999999999999999999/rank-0.out")]
    [InlineData("1/rank-1.out")]
    [InlineData("")]
    public async Task Only_output_can_be_opened(string file)
    {
        await using var host = new ProcessHost();
        var launch = Launches.Of("logs", "/bin/echo", "x");
        await host.Run(launch);
        File.CreateSymbolicLink(Path.Combine(host.Folder, "logs", "team", "logs", "1", "rank-1.out"), "/etc/passwd");
        Assert.Null(host.Logs.Open(launch.Run, file));
        Assert.NotEmpty(host.Output(launch, "rank-0.out"));
    }
}
