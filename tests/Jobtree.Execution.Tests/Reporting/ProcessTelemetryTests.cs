using System.Diagnostics;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Execution.Processes;

namespace Jobtree.Execution.Tests.Reporting;

/// <summary>What the process executor reports of running workloads, with real processes.</summary>
public sealed class ProcessTelemetryTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task What_rank_0_prints_is_reported_as_it_comes_and_again_after_a_restart()
    {
        await using var host = new ProcessHost(Often);
        var launch = Launches.Of("lines", ["n1#0", "n2#0"], ["/bin/sh", "-c", """
            echo starting
            if [ $RANK = 1 ]; then echo 'jobtree: epoch=77'; exec sleep 600; fi
            echo 'jobtree: epoch=1 loss=0.5 progress=0.25 gpu_util=0.5 gpu_mem=1.2e9'
            while ! [ -e go ]; do sleep 0.02; done
            echo 'jobtree: epoch=2 loss=oops'
            echo 'jobtree: epoch=3'
            exec sleep 600
            """], attempt: 3);
        await host.Start(launch);
        await Eventually.Holds(() => Said(host, launch).Any(report => report.Epoch == 1));
        Assert.Equal(new WorkloadReport { Attempt = 3, Epoch = 1, Loss = 0.5, Progress = 0.25, GpuUtilization = 0.5,
            GpuMemoryBytes = 1.2e9 }, Said(host, launch).First());
        await File.WriteAllTextAsync(Path.Combine(
            Directory.GetDirectories(Path.Combine(host.Folder, "attempts", "team", "lines")).Single(), "work", "go"),
            "");
        await Eventually.Holds(() => Said(host, launch).Any(report => report.Epoch == 3));
        Assert.Equal(1, host.Exits.Lost["malformed"]);
        Assert.DoesNotContain(Said(host, launch), report => report.Epoch is 77 or 2);

        await host.Restart();
        await Eventually.Holds(() => Said(host, launch).Any(report => report is { Epoch: 3, Loss: 0.5, Attempt: 3 }));
    }

    [Fact]
    public async Task Ten_megabytes_without_a_line_end_do_no_harm()
    {
        await using var host = new ProcessHost(Often);
        var launch = Launches.Of("flood", "/bin/sh", "-c", """
            echo 'jobtree: epoch=1'
            printf 'jobtree: loss='; head -c 10000000 /dev/zero | tr '\0' 1
            sleep 0.2; echo; echo 'jobtree: epoch=2'
            exec sleep 600
            """);
        await host.Start(launch);
        await Eventually.Holds(() => Said(host, launch).Any(report => report.Epoch == 2));
        Assert.All(Said(host, launch), report => Assert.Null(report.Loss));
    }

    [Fact]
    public async Task The_use_of_processors_and_memory_is_measured()
    {
        await using var host = new ProcessHost(Often);
        var launch = Launches.Of("busy", "/bin/sh", "-c", "while :; do :; done");
        await host.Start(launch);
        await Eventually.Holds(() => host.Exits.Telemetry.Any(
            item => item.Report is { IsMeasured: true, Attempt: 1, CpuCores: > 0, MemoryBytes: > 100_000 }));
        await Eventually.Holds(() => host.Exits.Nodes.TryGetValue("node-a", out var usage)
            && usage is { Cpu: > 0 and <= 1, Memory: > 0 and <= 1, Gpu: null });
        Assert.All(host.Exits.Telemetry, item => Assert.Null(item.Report.GpuUtilization));
    }

    [Fact]
    public async Task The_use_of_the_runs_own_GPUs_is_read_from_nvidia_smi()
    {
        var folder = Directory.CreateTempSubdirectory("jobtree-gpus-").FullName;
        try
        {
            var program = Path.Combine(folder, "nvidia-smi");
            // A shell makes the program: a file that this process wrote could be busy while another test forks.
            await Shell("""
                printf '#!/bin/sh\n[ "$*" = "-q -x" ] && exec cat "%s"\n' "$1" >"$2"; chmod +x "$2"
                """, Path.Combine(AppContext.BaseDirectory, "Reporting", "nvidia-smi.xml"), program);
            await using var host = new ProcessHost(options => Often(options) with { GpuProgram = program });
            await host.Start(Launches.Of("both", ["n1#0-1"], ["/bin/sleep", "600"]));
            await host.Start(Launches.Of("missing", ["n1#7"], ["/bin/sleep", "600"]));
            await Eventually.Holds(() => host.Exits.Telemetry.Any(item => item.Run.Name == "both"
                && item.Report is { GpuUtilization: 0.485, GpuMemoryBytes: 71_238.0 * 1024 * 1024 }));
            await Eventually.Holds(() => host.Exits.Nodes.TryGetValue("n1", out var usage) && usage.Gpu == 0.485);
            await Eventually.Holds(() => host.Exits.Telemetry.Any(item => item.Run.Name == "missing"));
            Assert.All(host.Exits.Telemetry.Where(item => item.Run.Name == "missing"),
                item => Assert.Null(item.Report.GpuUtilization));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ProcessExecutorOptions Often(
        ProcessExecutorOptions options) =>
        options with { TelemetryInterval = Soon, UsageInterval = Soon, GpuProgram = "no-such-program" };

    private static IEnumerable<WorkloadReport> Said(ProcessHost host, Launch launch) =>
        host.Exits.Telemetry.Where(item => item.Run == launch.Run && !item.Report.IsMeasured)
            .Select(item => item.Report);

    private static async Task Shell(string script, params string[] arguments)
    {
        using var shell = Process.Start("/bin/sh", ["-c", script, "sh", .. arguments]);
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
    }
}
