using System.Text.Json;
using System.Text.RegularExpressions;
using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Commands;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;
using Jobtree.Simulation.Subjects;

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
            new JobtreeScheduler(), path, "--nodes", "1", "--output", Path.Combine(_folder.FullName, "wide"));

        Assert.Equal(0, code);
        Assert.Contains("3 jobs, 24 GPU-hours, offered load 8 of 8 GPUs.", text, StringComparison.Ordinal);
        var table = text.Split('\n').Select(line => Columns().Split(line.Trim())).ToArray();
        var refused = Array.IndexOf(table.First(row => row[0] == "Scheduler"), "Refused");
        Assert.Equal([("Jobtree", "1"), ("EASY backfill", "1"), ("FCFS", "1"), ("Static partition", "1")],
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
