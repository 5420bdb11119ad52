using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Traces;

public sealed class TraceFormatProperties
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(60);

    private static readonly DateTime Origin = new(2020, 4, 1, 12, 0, 0, DateTimeKind.Unspecified);

    private static readonly Arbitrary<JobTrace> Traces =
        (from jobs in (from cluster in Gen.Choose(1, 3)
                       from user in Gen.Choose(1, 4)
                       from submit in Gen.Choose(0, 100_000)
                       from width in Gen.Choose(1, 32)
                       from duration in Gen.Choose(1, 10_000)
                       select (cluster, user, submit, width, duration)).NonEmptyListOf()
         select new JobTrace("t", jobs.Select((job, index) => new TraceJob(
             Text(index), $"queue-{job.cluster}", job.width, TimeSpan.FromSeconds(job.submit),
             TimeSpan.FromSeconds(job.duration), BestEffort: false)
         { User = $"user-{job.user}" }))).ToArbitrary();

    [Fact]
    public void What_is_written_in_a_format_is_read_back() => Check.One(Runs, Prop.ForAll(Traces, trace =>
    {
        Assert.Equal(trace.Jobs, Read(Helios(trace)).Jobs);
        Assert.Equal(trace.Jobs.Select(job => job with { Stated = job.Duration * 2 }), Read(Swf(trace)).Jobs);
        Assert.Equal(trace.Jobs.Select(job => job with { Cluster = "LS", User = null }), Read(Openb(trace)).Jobs);
    }));

    [Fact]
    public void A_file_that_was_changed_anywhere_is_read_or_refused_and_nothing_else() => Check.One(
        Runs.WithMaxTest(2_000),
        Prop.ForAll(Traces, Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), Mischief, (trace, place, mischief) =>
        {
            foreach (var text in new[] { Helios(trace), Swf(trace), Openb(trace) })
            {
                var at = place % text.Length;
                try
                {
                    Read(text[..at] + mischief + text[Math.Min(text.Length, at + (place % 7))..]);
                }
                catch (TraceFormatException refused)
                {
                    Assert.StartsWith("t", refused.Message, StringComparison.Ordinal);
                    Assert.DoesNotContain(refused.Message, char.IsControl);
                }
            }
        }));

    private static Arbitrary<string> Mischief => Gen.Elements(
        string.Empty, "\0", "\n", ",", " ", "-", "-1", "9999999999", "1e308", "NaN", "\"", ";", "\u001b[31m", "é",
        "\r\n", "\uFFFF", "; MaxProcs: 7\n", "2020-04-01 12:00:00").ToArbitrary();

    private static string Helios(JobTrace trace) => Lines(trace,
        "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue",
        job => $"{job.Id},{job.User},{job.Cluster},{job.Gpus},4,1,COMPLETED,"
            + (Origin + job.Submit).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            + $",,,{Text(job.Duration.TotalSeconds)},0");

    private static string Openb(JobTrace trace) => Lines(trace,
        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time",
        job => $"{job.Id},1,1,{job.Gpus},1000,,LS,Running,{Text(job.Submit.TotalSeconds)},"
            + $"{Text(job.Submit.TotalSeconds + 3 + job.Duration.TotalSeconds)},{Text(job.Submit.TotalSeconds + 3)}");

    private static string Swf(JobTrace trace) => Lines(trace, "; MaxProcs: 64", job =>
        $"{job.Id} {Text(job.Submit.TotalSeconds)} -1 {Text(job.Duration.TotalSeconds)} -1 -1 -1 {job.Gpus} "
            + $"{Text(job.Duration.TotalSeconds * 2)} -1 1 {job.User!["user-".Length..]} -1 -1 "
            + $"{job.Cluster["queue-".Length..]} -1 -1 -1");

    private static string Lines(JobTrace trace, string first, Func<TraceJob, string> line) =>
        string.Join('\n', [first, .. trace.Jobs.Select(line)]);

    private static string Text(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);

    private static JobTrace Read(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return TraceReader.Read(stream, "t");
    }
}
