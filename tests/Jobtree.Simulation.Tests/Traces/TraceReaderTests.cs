using System.IO.Compression;
using System.Text;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Traces;

public sealed class TraceReaderTests
{
    private const string Header = "job_id,user,num_gpu,submit_time,duration,best_effort";

    [Fact]
    public void Rows_become_jobs_in_order_of_arrival_counted_from_the_first()
    {
        var trace = Read(Header, "late,b,8,30,60,0", "early,a,1,10,2.5,1", "cpu,a,0,5,5,0", "beside,a,2,30,1,0");

        Assert.Equal(
            [
                new TraceJob("early", "a", 1, TimeSpan.Zero, TimeSpan.FromSeconds(150), true),
                new TraceJob("late", "b", 8, TimeSpan.FromMinutes(20), TimeSpan.FromHours(1), false),
                new TraceJob("beside", "a", 2, TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(1), false),
            ],
            trace.Jobs.ToArray());
        Assert.Equal(["a", "b"], trace.Clusters.ToArray());
        Assert.Equal([0, 1, 0], trace.ClusterOf.ToArray());
        Assert.Equal(1, trace.CpuOnlyJobs);
        Assert.Equal(TimeSpan.FromMinutes(20), trace.ArrivalWindow);
        Assert.Equal((2.5 / 60) + 8 + (2.0 / 60), trace.GpuHours, 9);
    }

    [Fact]
    public void Gzip_is_told_by_its_bytes_and_other_columns_line_ends_quotes_and_blank_lines_are_allowed()
    {
        var text =
            "\uFEFFx,best_effort,duration,submit_time,num_gpu,user,job_id\r\n\r\n" +
            "\"a,\"\"b\"\"\",0,1,0,1,\"v,c\",j1\r\n,1,1,0,1,vc,j2";
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        packed.Position = 0;

        var trace = TraceReader.Read(packed, "trace");

        Assert.Equal(["v,c", "vc"], trace.Jobs.Select(job => job.Cluster));
    }

    [Theory]
    [InlineData("1,a,1,0,5", "the row has 5 fields; the header has 6")]
    [InlineData("1,a,1,0,5,0,7", "the row has 7 fields; the header has 6")]
    [InlineData("1,a,x,0,5,0", "num_gpu is 'x'; a whole number from 0 to 100000 is allowed")]
    [InlineData("1,a,-1,0,5,0", "num_gpu is '-1'")]
    [InlineData("1,a,1.5,0,5,0", "num_gpu is '1.5'")]
    [InlineData("1,a,100001,0,5,0", "num_gpu is '100001'")]
    [InlineData("1,a,99999999999999999999,0,5,0", "num_gpu is '99999999999999999999'")]
    [InlineData("1,a,1,-3,5,0", "submit_time is '-3'; minutes from 0 to 5256000 are allowed")]
    [InlineData("1,a,1,NaN,5,0", "submit_time is 'NaN'")]
    [InlineData("1,a,1,Infinity,5,0", "submit_time is 'Infinity'")]
    [InlineData("1,a,1,0,1e9,0", "duration is '1e9'")]
    [InlineData("1,a,1,0,0,0", "duration is '0'; it must be more than 0 minutes")]
    [InlineData("1,a,1,0,0.0000000001,0", "it must be more than 0 minutes")]
    [InlineData("1,a,1,0,5,yes", "best_effort is 'yes'; 0 or 1 is allowed")]
    [InlineData("ok,a,1,0,5,0", "job_id 'ok' was used before; ids are unique")]
    [InlineData(",a,1,0,5,0", "job_id has 0 characters; 1 to 128 are allowed")]
    [InlineData("1,a\u001b[31m,1,0,5,0", "user holds a control character")]
    [InlineData("1,a\uFFFF,1,0,5,0", "user holds a control character")]
    [InlineData("1,\"a,1,0,5,0", "a quoted field is not closed on its line")]
    [InlineData("1,\"a\"b,1,0,5,0", "character 6 follows a closing quote")]
    [InlineData("1,a,\u0007,0,5,0", "num_gpu is '?'")]
    public void A_bad_row_is_named_by_its_line_and_what_is_allowed(string row, string message)
    {
        var fault = Assert.Throws<TraceFormatException>(() => Read(Header, "ok,a,1,0,5,0", row, "after,a,1,0,5,0"));

        Assert.StartsWith("trace.csv, line 3: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("job_id,user,num_gpu,submit_time,duration", "no column 'best_effort'")]
    [InlineData(Header + ",user", "the column 'user' twice")]
    [InlineData(Header, "there is no GPU job in it")]
    public void A_bad_header_is_named(string text, string message) =>
        Assert.Contains(message, Assert.Throws<TraceFormatException>(() => Read(text)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Limits_hold()
    {
        var limits = new TraceLimits { RowsMax = 2, ClustersMax = 1, LineLengthMax = 60 };

        Assert.Contains("more than 2 rows", Fault("1,a,0,0,1,0", "2,a,1,0,1,0", "3,a,1,0,1,0"),
            StringComparison.Ordinal);
        Assert.Contains("line 3: there are more than 1 virtual clusters", Fault("1,a,1,0,1,0", "2,b,1,0,1,0"),
            StringComparison.Ordinal);
        Assert.Contains("line 2: the line is longer than 60", Fault("1,a,1,0,1," + new string('0', 60)),
            StringComparison.Ordinal);
        Assert.Contains("line 2: the line is longer than 60", Fault(new string('x', 100_000)),
            StringComparison.Ordinal);

        string Fault(params string[] rows) =>
            Assert.Throws<TraceFormatException>(() => Read(limits, [Header, .. rows])).Message;
    }

    [Fact]
    public void Damaged_gzip_is_a_clear_error()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.NoCompression, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(
                string.Join('\n', [Header, .. Enumerable.Range(0, 5_000).Select(id => $"{id},a,1,0,1,0")])));
        var bytes = packed.ToArray();
        bytes[^6] ^= 0xFF;

        var fault = Assert.Throws<TraceFormatException>(() => TraceReader.Read(new MemoryStream(bytes), "t.gz"));

        Assert.Contains("gzip data is damaged", fault.Message, StringComparison.Ordinal);
    }

    private static JobTrace Read(params string[] lines) => Read(new TraceLimits(), lines);

    private static JobTrace Read(TraceLimits limits, params string[] lines) =>
        TraceReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines))), "trace.csv", limits);
}
