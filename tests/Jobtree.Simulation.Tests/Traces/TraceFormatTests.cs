using System.Text;
using Jobtree.Simulation.Traces;
using Jobtree.Simulation.Traces.Formats;

namespace Jobtree.Simulation.Tests.Traces;

/// <summary>The formats of real traces, on samples made for the tests.</summary>
public sealed class TraceFormatTests
{
    private const string Helios = "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,"
        + "duration,queue";

    private const string Openb = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
        + "deletion_time,scheduled_time";

    [Fact]
    public void Helios_has_users_in_virtual_clusters_instants_and_seconds()
    {
        var trace = SampleTraces.Read("helios.csv");

        Assert.Equal(
            [
                Job("71", "vcOne", "uAda", 4, 0, 7_200),
                Job("72", "vcOne", "uBob", 8, 20, 3_600),
                Job("73", "vcTwo", "uAda", 1, 610, 30),
                Job("76", "vcTwo", "uCy", 16, 1_210, 3_600),
            ],
            trace.Jobs);
        Assert.Equal(["vcOne", "vcTwo"], trace.Clusters);
        Assert.Equal(4, trace.Owners.Length);
        Assert.Equal([(LeftOutReason.CpuOnly, 1), (LeftOutReason.NeverRan, 1)], LeftOut(trace));
        Assert.Equal("helios", trace.Origin.Format);
        Assert.False(trace.StatesDurations);
    }

    [Fact]
    public void Openb_has_qualities_of_service_and_runs_from_scheduling_to_deletion()
    {
        var trace = SampleTraces.Read("openb.csv");

        Assert.Equal(
            [
                Job("pod-a", "LS", null, 1, 0, 3_590),
                Job("pod-d", "Burstable", null, 8, 300, 7_200),
                Job("pod-f", "BE", null, 4, 600, 3_600) with { BestEffort = true },
            ],
            trace.Jobs);
        Assert.Equal([(LeftOutReason.CpuOnly, 1), (LeftOutReason.FractionalGpu, 1), (LeftOutReason.NeverRan, 2)],
            LeftOut(trace));
        Assert.Equal("openb", trace.Origin.Format);
    }

    [Fact]
    public void Swf_has_processors_requested_times_users_and_queues_or_partitions()
    {
        var trace = SampleTraces.Read("machine.swf");

        Assert.Equal(
            [
                Job("1", "queue-1", "user-3", 8, 0, 3_600) with { Stated = TimeSpan.FromHours(2) },
                Job("2", "queue-1", "user-4", 12, 60, 600),
                Job("3", "queue-2", "user-3", 4, 120, 0.4) with { Stated = TimeSpan.FromMinutes(15) },
                Job("5", "queue-2", "user-3", 4, 240, 1_200) with { Stated = TimeSpan.FromMinutes(15) },
                Job("8", "partition-7", null, 16, 360, 1_800) with { Stated = TimeSpan.FromHours(1) },
            ],
            trace.Jobs);
        Assert.Equal([(LeftOutReason.NeverRan, 1), (LeftOutReason.PartOfJob, 1), (LeftOutReason.Unknown, 2)],
            LeftOut(trace));
        Assert.Equal(("swf", 16), (trace.Origin.Format, trace.Origin.MachineGpus));
        Assert.True(trace.StatesDurations);
    }

    [Theory]
    [InlineData("; MaxProcs: 128", 128)]
    [InlineData(";MaxProcs:128 ", 128)]
    [InlineData("  ;  MaxProcs:  1152", 1152)]
    [InlineData("; MaxProcs: -1", null)]
    [InlineData("; MaxProcs: 128 of them", null)]
    [InlineData("; MaxProcs: 99999999999999999999", null)]
    [InlineData("; MaxNodes: 128", null)]
    [InlineData("; Note: MaxProcs: 128", null)]
    public void The_machine_is_told_by_a_comment_of_its_own(string comment, int? processors) =>
        Assert.Equal(processors, SwfFormat.HeaderNumber(comment, "MaxProcs"));

    [Theory]
    [InlineData("job_id,user,num_gpu,submit_time,duration,best_effort", "philly")]
    [InlineData(Helios, "helios")]
    [InlineData("vc,gpu_num,user,job_id,duration,submit_time", "helios")]
    [InlineData(Openb, "openb")]
    [InlineData("; Version: 2.2", "swf")]
    [InlineData("  1 0 0 5 1 -1 -1 1 5 -1 1 1 1 1 1 1 -1 -1", "swf")]
    [InlineData("1 0 0 5", "swf")]
    [InlineData("1 0 0 5 {1,2}", "swf")]
    [InlineData("1,2,3", null)]
    [InlineData("a,b,c", null)]
    [InlineData("\"job_id,user", null)]
    [InlineData("{\"jobs\": []}", null)]
    [InlineData("\0\0\0", null)]
    public void The_first_line_tells_the_format(string line, string? format) =>
        Assert.Equal(format, TraceFormats.Of(line)?.Name);

    [Fact]
    public void A_file_of_no_known_format_is_told_what_would_be_one()
    {
        var message = Fault("time,what\n1,2\n");

        Assert.StartsWith("t, line 1: this is the first line of no known trace: philly has the columns job_id, user,",
            message, StringComparison.Ordinal);
        Assert.EndsWith("swf begins with a comment (;) or 18 numbers", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_format_that_is_named_is_not_guessed()
    {
        Assert.Contains("line 1: the header has no column 'vc'; for helios the columns job_id, user, vc,",
            Fault("job_id,user,num_gpu,submit_time,duration,best_effort\n1,a,1,0,5,0\n", "helios"),
            StringComparison.Ordinal);
        Assert.Contains("line 1: the row has 1 fields; 18 are needed", Fault(Helios, "swf"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1,u,v,1,1,1,S,2020-13-01 00:00:00,,,5,0",
        "submit_time is '2020-13-01 00:00:00'; an instant such as 2020-06-09 18:41:01 is allowed")]
    [InlineData("1,u,v,1,1,1,S,1591700000,,,5,0", "submit_time is '1591700000'")]
    [InlineData("1,u,v,1,1,1,S,2020-06-09T18:41:01Z,,,5,0", "submit_time is '2020-06-09T18:41:01Z'")]
    [InlineData("1,u,v,1,1,1,S,,,,5,0", "submit_time is ''")]
    [InlineData("1,u,v,1,1,1,S,2020-06-09 18:41:01,,,-5,0", "duration is '-5'; seconds from 0 to 315360000")]
    [InlineData("1,u,v,1,1,1,S,2020-06-09 18:41:01,,,1e300,0", "duration is '1e300'")]
    [InlineData("1,u,v,1,1,1,S,2020-06-09 18:41:01,,,,0", "duration is ''")]
    [InlineData("1,u,v,-1,1,1,S,2020-06-09 18:41:01,,,5,0", "gpu_num is '-1'; a whole number from 0 to 100000")]
    [InlineData("1,u,v,1.5,1,1,S,2020-06-09 18:41:01,,,5,0", "gpu_num is '1.5'")]
    [InlineData("1,u,,1,1,1,S,2020-06-09 18:41:01,,,5,0", "vc has 0 characters; 1 to 128 are allowed")]
    [InlineData("1,u\0,v,1,1,1,S,2020-06-09 18:41:01,,,5,0", "user holds a control character")]
    [InlineData("1,u,v,1,1,1,S,2020-06-09 18:41:01,,,5", "the row has 11 fields; the header has 12")]
    [InlineData("0,u,v,1,1,1,S,2020-06-09 18:41:01,,,5,0", "job_id '0' was used before")]
    [InlineData("1,u,v,1,1,1,S,0001-01-01 00:00:00,,,5,0", "the job arrives more than 3650 days before or after")]
    [InlineData("1,u,v,1,1,1,S,9999-12-31 23:59:59,,,5,0", "the job arrives more than 3650 days before or after")]
    public void A_bad_row_of_helios_is_named_by_its_line_and_column(string row, string message) => Refuses(
        Helios + "\n0,u,v,1,1,1,S,2020-06-09 18:41:01,,,5,0", row, message);

    [Theory]
    [InlineData("b,1,1,x,1000,,LS,Running,0,9,1", "num_gpu is 'x'")]
    [InlineData("b,1,1,1,1001,,LS,Running,0,9,1", "gpu_milli is '1001'; a whole number from 0 to 1000 is allowed")]
    [InlineData("b,1,1,1,,,LS,Running,0,9,1", "gpu_milli is ''")]
    [InlineData("b,1,1,1,1000,,LS,Running,-4,9,1", "creation_time is '-4'; seconds from 0 to 315360000 are allowed")]
    [InlineData("b,1,1,1,1000,,LS,Running,0,,1", "deletion_time is ''")]
    [InlineData("b,1,1,1,1000,,LS,Running,0,5,6", "deletion_time is '5', before scheduled_time")]
    [InlineData("b,1,1,1,1000,,,Running,0,9,1", "qos has 0 characters")]
    [InlineData("b,1,1,1,1000,,LS,Running,0,99999999999999999999,1", "deletion_time is '99999999999999999999'")]
    public void A_bad_row_of_openb_is_named_by_its_line_and_column(string row, string message) => Refuses(
        Openb + "\na,1,1,1,1000,,LS,Running,0,9,1", row, message);

    [Theory]
    [InlineData("2 0 0 5 1 -1 -1 1 5 -1 1 1 1 1 1 1 -1", "the row has 17 fields; 18 are needed")]
    [InlineData("2 0 0 5 1 -1 -1 1 5 -1 1 1 1 1 1 1 -1 -1 -1", "the row has more than 18 fields; 18 are needed")]
    [InlineData("2 -7 0 5 1 -1 -1 1 5 -1 1 1 1 1 1 1 -1 -1",
        "submit time (field 2) is '-7'; -1 or seconds from 0 to 315360000 are allowed")]
    [InlineData("2 0 0 x 1 -1 -1 1 5 -1 1 1 1 1 1 1 -1 -1", "run time (field 4) is 'x'")]
    [InlineData("2 0 0 5 1 -1 -1 1e9 5 -1 1 1 1 1 1 1 -1 -1", "requested processors (field 8) is '1e9'")]
    [InlineData("2 0 0 5 999999 -1 -1 -1 5 -1 1 1 1 1 1 1 -1 -1", "allocated processors (field 5) is '999999'")]
    [InlineData("2 0 0 5 1 -1 -1 1 99999999999 -1 1 1 1 1 1 1 -1 -1", "requested time (field 9) is '99999999999'")]
    [InlineData("2 0 0 5 1 -1 -1 1 5 -1 1 -2 1 1 1 1 -1 -1", "user (field 12) is '-2'")]
    [InlineData("2 0 0 5 1 -1 -1 1 5 -1 1 1 1 1 \0 1 -1 -1", "queue (field 15) is '?'")]
    [InlineData("1 0 0 5 1 -1 -1 1 5 -1 1 1 1 1 1 1 -1 -1", "job_id '1' was used before")]
    public void A_bad_line_of_swf_is_named_by_its_line_and_field(string row, string message) => Refuses(
        "; a comment\n1 0 0 5 1 -1 -1 1 5 -1 1 1 1 1 1 1 -1 -1", row, message);

    [Theory]
    [InlineData(Helios)]
    [InlineData(Openb)]
    [InlineData("; a comment")]
    [InlineData("1 0 0 5 1 -1 -1 1 5 -1 1 1 1 1 1 1 -1 -1")]
    public void A_line_of_ten_megabytes_is_refused_in_every_format(string first)
    {
        foreach (var filler in new[] { 'x', '1', ' ', ';', '\0', '"' })
            Assert.Contains("line 2: the line is longer than 65536 characters, which is the limit",
                Fault(first + "\n" + new string(filler, 10_000_000)), StringComparison.Ordinal);
    }

    [Fact]
    public void Users_and_comments_are_limited()
    {
        var limits = new TraceLimits { OwnersMax = 1, CommentsMax = 2 };
        string Row(int id, int user) => $"{id} 0 0 5 1 -1 -1 1 5 -1 1 {user} 1 1 1 1 -1 -1\n";

        Assert.Contains("line 3: there are more than 1 users",
            Fault(Row(1, 1) + Row(2, 1) + Row(3, 2), limits: limits), StringComparison.Ordinal);
        Assert.Contains("line 3: there are more than 2 comments",
            Fault(";\n;\n;\n" + Row(1, 1), limits: limits), StringComparison.Ordinal);
    }

    private static void Refuses(string before, string row, string message)
    {
        var fault = Fault($"{before}\n{row}\n");

        Assert.StartsWith("t, line 3: ", fault, StringComparison.Ordinal);
        Assert.Contains(message, fault, StringComparison.Ordinal);
    }

    private static string Fault(string text, string? format = null, TraceLimits? limits = null)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return Assert.Throws<TraceFormatException>(() => TraceReader.Read(
            stream, "t", limits, format is null ? null : TraceFormats.Named(format))).Message;
    }

    private static TraceJob Job(string id, string cluster, string? user, int gpus, int submit, double duration) => new(
        id, cluster, gpus, TimeSpan.FromSeconds(submit), TimeSpan.FromSeconds(duration), BestEffort: false)
    {
        User = user,
    };

    private static IEnumerable<(LeftOutReason, int)> LeftOut(JobTrace trace) =>
        trace.Origin.LeftOut.Select(left => (left.Key, left.Value));
}
