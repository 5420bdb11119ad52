using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Commands;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;
using Jobtree.Simulation.Subjects;
using Jobtree.Simulation.Tests.Reports;
using Jobtree.Simulation.Tests.Traces;

namespace Jobtree.Simulation.Tests.Commands;

public sealed partial class ReplayCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jobtree-replay-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_replay_writes_the_report_and_prints_the_summary()
    {
        var output = Path.Combine(_folder.FullName, "deep", "report");

        var (code, text, error) = Invoke(
            Trace(), "--nodes", "2", "--output", output, "--limit", "2", "--estimates", "exact", "--seed", "7");

        Assert.Equal((0, string.Empty),
            (code, string.Concat(error.Split('\n').Where(line => !line.Contains(':', StringComparison.Ordinal)))));
        Assert.Contains("EASY backfill", text, StringComparison.Ordinal);
        using var figures = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, ReportFiles.FiguresFile)));
        Assert.Equal(2, figures.RootElement.GetProperty("trace").GetProperty("jobs").GetInt32());
        Assert.Equal("exact", figures.RootElement.GetProperty("fleet").GetProperty("durationEstimates").GetString());
        Assert.True(File.Exists(Path.Combine(output, ReportFiles.PageFile)));
    }

    [Fact]
    public void The_subject_comes_first_and_can_stand_alone()
    {
        var (code, _, _) = Invoke(Trace(), "--output", _folder.FullName, "--no-baselines");

        Assert.Equal(0, code);
        using var figures = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(_folder.FullName, ReportFiles.FiguresFile)));
        Assert.Equal(["Stand-in"], figures.RootElement.GetProperty("schedulers").EnumerateArray()
            .Select(one => one.GetProperty("name").GetString()));
    }

    [Fact]
    public void A_job_wider_than_the_fleet_is_counted_as_refused_and_not_as_offered()
    {
        var path = Path.Combine(_folder.FullName, "wide.csv");
        File.WriteAllText(path, "job_id,user,num_gpu,submit_time,duration,best_effort\n"
            + "1,a,4,0,60,0\n2,a,16,30,60,0\n3,a,4,60,60,0\n");

        var (code, text, _) = Invoke(
            new JobtreeScheduler(), path, "--nodes", "1", "--seed", "1", "--output",
            Path.Combine(_folder.FullName, "wide"));

        Assert.Equal(0, code);
        Assert.Contains("3 jobs, 24 GPU-hours, offered load 8 of 8 GPUs.", text, StringComparison.Ordinal);
        var table = text.Split('\n').Select(line => Columns().Split(line.Trim())).ToArray();
        var refused = Array.IndexOf(table.First(row => row[0] == "Scheduler"), "Refused");
        Assert.Equal(
            [
                ("Jobtree", "1"), ("EASY backfill", "1"), ("FCFS", "1"), ("Static partition", "1"),
                ("Response ratio", "1"),
            ],
            table.Where(row => row.Length > refused && row[0] != "Scheduler").Select(row => (row[0], row[refused])));
    }

    [Theory]
    [InlineData("--nodes", "0", "a number from 1 to 1000000 is allowed")]
    [InlineData("--nodes", "x", "--nodes is 'x'")]
    [InlineData("--gpus-per-node", "65", "a number from 1 to 64 is allowed")]
    [InlineData("--overcommit", "NaN", "--overcommit is 'NaN'")]
    [InlineData("--limit", "0", "--limit is '0'")]
    [InlineData("--seed", "-1", "--seed is '-1'")]
    [InlineData("--flavor", "a b", "--flavor must be")]
    [InlineData("--estimates", "guess", "'guess' not recognized")]
    [InlineData("--nodes", "1000000", "must be at most 4000000 GPUs")]
    [InlineData("--seeds", "0", "--seeds is '0'; a number from 1 to 100 is allowed")]
    [InlineData("--seeds", "101", "--seeds is '101'")]
    [InlineData("--format", "csv", "'csv' not recognized")]
    [InlineData("--format", "swf", "trace.csv, line 1: the row has 1 fields; 18 are needed")]
    [InlineData("--compare", "fair,fare", "--compare must be one or more of fair, fifo, shortest, each once")]
    [InlineData("--compare", "fair,fair", "--compare must be one or more of fair, fifo, shortest, each once")]
    [InlineData("--compare", "", "--compare must be one or more of fair, fifo, shortest, each once")]
    public void A_bad_option_is_named_and_nothing_is_written(string option, string value, string message)
    {
        var output = Path.Combine(_folder.FullName, "none");

        var (code, _, error) = Invoke(Trace(), "--output", output, option, value);

        Assert.Equal(1, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void A_trace_that_is_missing_or_broken_is_an_error_without_a_stack()
    {
        var broken = Path.Combine(_folder.FullName, "broken.csv");
        File.WriteAllText(broken, "job_id,user,num_gpu,submit_time,duration,best_effort\n1,a,1,0,5\n");

        Assert.Equal((1, string.Empty, "broken.csv, line 2: the row has 5 fields; the header has 6\n"), Invoke(broken));
        var (code, _, error) = Invoke(Path.Combine(_folder.FullName, "missing.csv"));
        Assert.Equal(1, code);
        Assert.Contains("missing.csv", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Orders_are_either_compared_or_chosen()
    {
        var (code, _, error) = Invoke(Trace(), "--order", "fifo", "--compare", "fair,fifo");

        Assert.Equal(1, code);
        Assert.Contains("--compare names the orders; leave --order out.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Orders_and_seeds_are_compared_in_one_report_beside_baselines_that_ran_once()
    {
        var (code, text, error) = Invoke(
            new JobtreeScheduler(), Trace(), "--nodes", "2", "--compare", "shortest,fair", "--seed", "5", "--seeds",
            "2", "--output", _folder.FullName);

        Assert.Equal((0, string.Empty),
            (code, string.Concat(error.Split('\n').Where(line => !line.Contains(':', StringComparison.Ordinal)))));
        var figures = Figures(_folder.FullName);
        Assert.Equal((5, 2), (figures["fleet"]!["seed"]!.GetValue<int>(), figures["fleet"]!["seeds"]!.GetValue<int>()));
        Assert.Equal(
            [
                ("Jobtree, shortest", "5 6"), ("Jobtree, fair", "5 6"), ("EASY backfill", ""), ("FCFS", ""),
                ("Static partition", ""), ("Response ratio", ""),
            ],
            figures["schedulers"]!.AsArray().Select(one => (one!["name"]!.GetValue<string>(),
                string.Join(' ', one["seeds"]?.AsArray().Select(seed => seed!["seed"]!.ToString()) ?? []))));
        Assert.Contains("Of 2 seeds: each figure's median", text, StringComparison.Ordinal);
        Assert.Equal(["Jobtree, shortest", "least", "most", "Jobtree, fair", "least", "most", "EASY backfill"],
            text.Split('\n').Select(line => Columns().Split(line.Trim())).Where(row => row.Length > 9)
                .Select(row => row[0]).Skip(1).Take(7));
    }

    [Fact]
    public void Seeds_side_by_side_give_what_each_gives_alone_and_the_same_report_every_time()
    {
        var path = Path.Combine(_folder.FullName, "random.csv");
        File.WriteAllLines(path, ReplayReportTests.Synthetic().Jobs.Select(job =>
            $"{job.Id},{job.Cluster},{job.Gpus},{job.Submit.TotalMinutes},{job.Duration.TotalMinutes},0")
            .Prepend("job_id,user,num_gpu,submit_time,duration,best_effort"));
        string Replay(string name, params string[] options)
        {
            var output = Path.Combine(_folder.FullName, name);
            Assert.Equal(
                0, Invoke(new JobtreeScheduler(), [path, "--nodes", "4", "--output", output, .. options]).Code);
            return output;
        }

        var (first, second) = (Replay("first"), Replay("second"));
        var figures = Timeless(Figures(first));

        Assert.Equal(figures.ToJsonString(), Timeless(Figures(second)).ToJsonString());
        Assert.Equal(File.ReadAllBytes(Path.Combine(first, ReportFiles.PageFile)),
            File.ReadAllBytes(Path.Combine(second, ReportFiles.PageFile)));
        var seeds = figures["schedulers"]![0]!["seeds"]!.AsArray();
        Assert.Equal(3, seeds.Count);
        Assert.Equal(3, seeds.Select(seed => seed!["figures"]!["ledgerHead"]!.GetValue<string>()).Distinct().Count());
        foreach (var seed in seeds)
        {
            var alone = Figures(Replay("alone", "--seed", seed!["seed"]!.ToString(), "--no-baselines"));
            Assert.Equal(seed["figures"]!.ToJsonString(), Timeless(alone)["schedulers"]![0]!.ToJsonString());
        }
    }

    [Fact]
    public void An_swf_log_brings_its_machine_and_its_stated_durations_unless_told_otherwise()
    {
        var path = SampleTraces.Path("machine.swf");

        Assert.Equal(0, Invoke(path, "--output", _folder.FullName).Code);
        var told = Figures(_folder.FullName)["fleet"]!;
        Assert.Equal(0, Invoke(path, "--output", _folder.FullName, "--nodes", "3", "--estimates", "history").Code);
        var asked = Figures(_folder.FullName)["fleet"]!;

        Assert.Equal(("2", "16", "stated"), Fleet(told));
        Assert.Equal(("3", "24", "history"), Fleet(asked));

        static (string, string, string) Fleet(JsonNode fleet) => (
            fleet["nodes"]!.ToString(), fleet["gpus"]!.ToString(), fleet["durationEstimates"]!.ToString());
    }

    [Fact]
    public void A_machine_that_is_too_large_is_refused()
    {
        var path = Path.Combine(_folder.FullName, "large.swf");
        File.WriteAllText(path, "; MaxProcs: 2147483647\n1 0 0 5 1 -1 -1 1 5 -1 1 1 1 1 1 1 -1 -1\n");

        var (code, _, error) = Invoke(path, "--output", _folder.FullName);

        Assert.Equal(
            (1, "--nodes times --gpus-per-node must be at most 4000000 GPUs; they are 268435456 and 8.\n"),
            (code, error));
    }

    [Fact]
    public void The_summary_tells_what_was_left_out_and_why()
    {
        var (code, text, _) = Invoke(SampleTraces.Path("helios.csv"), "--output", _folder.FullName);

        Assert.Equal(0, code);
        Assert.Contains("Rows left out: 1 (asks for no GPU), 1 (never ran, or for no time).", text,
            StringComparison.Ordinal);
    }

    private static JsonNode Figures(string folder) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(folder, ReportFiles.FiguresFile)))!;

    /// <summary>Removes the two figures of wall-clock time.</summary>
    private static JsonNode Timeless(JsonNode node)
    {
        foreach (var child in node is JsonObject o ? o.Select(pair => pair.Value) : node as JsonArray ?? [])
        {
            if (child is not null)
                Timeless(child);
        }

        (node as JsonObject)?.Remove("elapsedSeconds");
        (node as JsonObject)?.Remove("decisionsPerSecond");
        return node;
    }

    private string Trace()
    {
        var path = Path.Combine(_folder.FullName, "trace.csv");
        File.WriteAllText(path,
            "job_id,user,num_gpu,submit_time,duration,best_effort\n1,a,4,0,5,0\n2,b,16,1,5,1\n3,a,2,2,5,0\n");
        return path;
    }

    private static (int Code, string Output, string Error) Invoke(params string[] args) =>
        Invoke(new StandInScheduler(), args);

    private static (int Code, string Output, string Error) Invoke(IReplayScheduler subject, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = new ReplayCommand(new ReplaySession([subject], BaselineScheduler.All)).Invoke(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    [GeneratedRegex(" {2,}")]
    private static partial Regex Columns();
}
