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
        foreach (var path in Directory.EnumerateFileSystemEntries(host.Folder, "*", SearchOption.AllDirectories))
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
    [InlineData("ln -s /etc/passwd rank-0.out")]
    [InlineData("ln -s ../1/rank-0.err rank-0.out")]
    [InlineData("mkfifo rank-0.out")]
    [InlineData("mkdir rank-0.out")]
    [InlineData("ln -s /dev/zero rank-0.out")]
    [InlineData("ln -s /etc other; mv other ../1")]
    public async Task What_a_workload_puts_in_the_place_of_its_output_is_not_opened_and_nothing_waits_for_it(string put)
    {
        await using var host = new ProcessHost(o => o with { TelemetryInterval = TimeSpan.FromMilliseconds(10) });
        var launch = Launches.Of("swap", "/bin/sh", "-c",
            $"echo jobtree: epoch=1; until [ -e seen ]; do sleep 0.01; done; cd {host.Folder}/logs/team/swap/1 && "
            + $"rm -f rank-0.out && {put}");
        await host.Start(launch);
        await Eventually.Holds(() => !host.Exits.Telemetry.IsEmpty, TimeSpan.FromSeconds(60));
        var work = Directory.GetDirectories(host.Folder, "work", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(Path.Combine(work, "seen"), "");
        Assert.NotNull(await host.Exits.Next());
        Assert.Null(host.Logs.Open(launch.Run, "1/rank-0.out"));
        // The search for telemetry goes on with others.
        host.Exits.Telemetry.Clear();
        await host.Start(Launches.Of("next", ["n#1"], ["/bin/sh", "-c", "echo jobtree: epoch=2; exec sleep 600"]));
        await Eventually.Holds(() => !host.Exits.Telemetry.IsEmpty, TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("mkfifo")]
    [InlineData("ln -s {0}/victim")]
    public async Task A_pod_that_is_started_again_does_not_write_through_what_was_put_in_the_place_of_its_output(
        string put)
    {
        await using var host = new ProcessHost();
        var victim = Path.Combine(host.Folder, "victim");
        await File.WriteAllTextAsync(victim, "whole\n");
        put = put.Replace("{0}", host.Folder, StringComparison.Ordinal);
        var launch = Launches.Of("again", "unused");
        launch = launch with { Spec = launch.Spec with { Workload = new Workload { Roles = [new WorkloadRole
        {
            Name = "pod", Width = 1, GpusPerPod = 8, FailurePolicy = PodFailurePolicy.Retry, Retries = 1,
            BackOff = TimeSpan.FromMilliseconds(1),
            Command =
            [
                "/bin/sh", "-c", "[ -e once ] && echo second && exit 0; touch once; "
                + $"cd {host.Folder}/logs/team/again/1 && for f in rank-0.out rank-0.err; do "
                + $"rm $f && {put} $f; done; exit 1",
            ],
        }] } } };
        Assert.True((await host.Run(launch)).Succeeded);
        Assert.Equal("whole\n", await File.ReadAllTextAsync(victim));
    }

    [Fact]
    public async Task A_record_that_became_a_pipe_holds_up_no_start()
    {
        await using var host = new ProcessHost();
        var launch = Launches.Of("piped", "/bin/sh", "-c", "echo ready; exec sleep 600");
        await host.Start(launch);
        await ProcessHost.FileWritten(Path.Combine(host.Folder, "logs", "team", "piped", "1", "rank-0.out"));
        await host.Drop();
        var attempt = Directory.GetDirectories(Path.Combine(host.Folder, "attempts", "team", "piped")).Single();
        foreach (var file in new[] { "launch.json", "started.json", "rank-0.exit" })
        {
            File.Delete(Path.Combine(attempt, file));
            using var pipe = System.Diagnostics.Process.Start("mkfifo", Path.Combine(attempt, file));
            await pipe.WaitForExitAsync();
        }
        await host.Restart();
        Assert.False((await host.Exits.Next()).Succeeded);
        Assert.True((await host.Run(Launches.Of("next", "/bin/true"))).Succeeded);
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
