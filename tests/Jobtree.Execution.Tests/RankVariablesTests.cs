using System.Diagnostics.CodeAnalysis;

namespace Jobtree.Execution.Tests;

/// <summary>What becomes of a run's variables between the host and its process.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xUnit disposes it, through IAsyncLifetime.")]
public sealed class RankVariablesTests : IAsyncLifetime
{
    private const string Starts = "transferring control: ";

    private readonly ProcessHost host = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => host.DisposeAsync();

    /// <summary>What a loader of programs obeys before it is contained would run with the host's rights.</summary>
    [Fact]
    public async Task No_program_but_the_runs_own_obeys_its_variables()
    {
        var folder = Path.Combine(host.Folder, "loader");
        Directory.CreateDirectory(folder);
        var launch = Launches.Of("loader", ["n#0"], ["/usr/bin/env", "true"], env: new()
        {
            ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = Path.Combine(folder, "x"), ["LD_BIND_NOW"] = "1",
        });

        Assert.True((await host.Run(launch)).Succeeded);

        var started = Directory.GetFiles(folder).SelectMany(File.ReadLines)
            .Where(line => line.Contains(Starts, StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf(Starts, StringComparison.Ordinal) + Starts.Length)..].Trim());
        Assert.Equal(["/usr/bin/env", "true"], started);
    }

    [Fact]
    public async Task A_process_has_its_variables_exactly()
    {
        var values = new Dictionary<string, string>
        {
            ["LINES_OF"] = "one\ntwo\n\n", ["QUOTES"] = "'\"`\\ \\' \"$(exit 3)\"", ["DOLLARS"] = "$HOME ${X} $$ $(id)",
            ["EMPTY"] = "", ["WORDS"] = "Á ň \u0001\t\u007f *", ["EQUAL"] = "=a=b", ["DASH"] = "-n --", ["A"] = "a",
            ["_JOBTREE_ENV_A"] = "b", ["_JOBTREE_ENV__JOBTREE_ENV_A"] = "c", ["_jobtree_exit"] = "d",
            ["IFS"] = "A_=", ["PATH"] = "/nowhere:", ["ENV"] = "/nowhere", ["BASH_ENV"] = "/nowhere", ["CDPATH"] = "/",
            ["PS4"] = "$(touch here)", ["PWD"] = "/nowhere", ["OLDPWD"] = "x", ["LC_ALL"] = "xx",
            ["LOCPATH"] = "/nowhere", ["GCONV_PATH"] = "/nowhere", ["GLIBC_TUNABLES"] = "x", ["LD_PRELOAD"] = "",
            ["LD_LIBRARY_PATH"] = "/nowhere",
            ["POSIXLY_CORRECT"] = "", ["LONG"] = new string('x', 100_000),
        };
        var launch = Launches.Of("exact", ["n#0"], ["/usr/bin/env", "-0"], env: values);

        Assert.True((await host.Run(launch)).Succeeded);

        var had = host.Output(launch, "rank-0.out").Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.All(values, value => Assert.Equal(value.Value, had[value.Key]));
        string[] others =
        [
            "CUDA_VISIBLE_DEVICES", "HOME", "JOBTREE_ATTEMPT", "JOBTREE_GPUS", "JOBTREE_GROUP", "JOBTREE_NODE",
            "JOBTREE_RUN", "JOBTREE_WORKDIR", "LANG", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT",
            "RANK", "TMPDIR", "WORLD_SIZE",
        ];
        Assert.Empty(had.Keys.Except(values.Keys).Except(others));
    }

    [Fact]
    public async Task No_value_is_on_a_command_line()
    {
        var launch = Launches.Of("shown", ["n#0"],
            ["/bin/sh", "-c", "cat /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n' >shown; echo ready; exec sleep 600"],
            env: new() { ["TOKEN"] = "hunter" + 2 });
        await host.Start(launch);
        await ProcessHost.FileWritten(Path.Combine(host.Folder, "logs", "team", "shown", "1", "rank-0.out"));

        var shown = Directory.GetFiles(host.Folder, "shown", SearchOption.AllDirectories).Single();
        Assert.DoesNotContain("hunter2", await File.ReadAllTextAsync(shown), StringComparison.Ordinal);
    }
}
