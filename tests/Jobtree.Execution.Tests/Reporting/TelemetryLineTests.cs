using System.Text;
using Jobtree.Execution.Processes.Reporting;
using Microsoft.Extensions.Time.Testing;

namespace Jobtree.Execution.Tests.Reporting;

/// <summary>The lines by which workloads report, and how they are found in growing files.</summary>
public sealed class TelemetryLineTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly string file = Path.GetTempFileName();
    private readonly FakeTimeProvider time = new(Now);
    // Smaller than most of what the tests write, so that readings take several pieces.
    private readonly byte[] buffer = new byte[1000];

    public void Dispose() => File.Delete(file);

    [Fact]
    public void A_line_has_values_by_name()
    {
        Assert.True(TelemetryLine.TryParse(
            "jobtree: epoch=3 loss=-0.41  progress=0.2 eta=10m gpu_util=0.93 gpu_mem=1.2e9\r"u8, Now, out var report));
        Assert.Equal((3, -0.41, 0.2, 0.93, 1.2e9), (report.Epoch, report.Loss, report.Progress, report.GpuUtilization,
            report.GpuMemoryBytes));
        Assert.Equal(Now.AddMinutes(10), report.Eta);
        Assert.True(TelemetryLine.TryParse("jobtree: eta=2026-03-02T15:00:00+01:00"u8, Now, out report));
        Assert.Equal(Now.AddHours(2), report.Eta);
    }

    [Theory]
    [InlineData("jobtree: ")]
    [InlineData("jobtree: started")]
    [InlineData("jobtree: epoch=3 lr=0.1")]
    [InlineData("jobtree: epoch=3 epoch=4")]
    [InlineData("jobtree: epoch= 3")]
    [InlineData("jobtree: epoch=0x3")]
    [InlineData("jobtree: epoch=1,5")]
    [InlineData("jobtree: Epoch=3")]
    [InlineData("jobtree: loss=NaN")]
    [InlineData("jobtree: loss=Infinity")]
    [InlineData("jobtree: loss=1e400")]
    [InlineData("jobtree: loss=-1e99999999999")]
    [InlineData("jobtree: epoch=1e13")]
    [InlineData("jobtree: progress=20")]
    [InlineData("jobtree: progress=20%")]
    [InlineData("jobtree: gpu_util=-0.1")]
    [InlineData("jobtree: gpu_mem=1e30")]
    [InlineData("jobtree: eta=soon")]
    [InlineData("jobtree: eta=99999999999999999999w")]
    [InlineData("jobtree: epoch=3 \u00e9=1")]
    [InlineData("jobtree: epoch=3\t loss=1")]
    [InlineData("jobtree: epoch=3\0")]
    public void A_line_with_anything_else_in_it_is_malformed(string line) =>
        Assert.False(TelemetryLine.TryParse(Encoding.UTF8.GetBytes(line), Now, out _));

    [Fact]
    public void Lines_are_read_once_wherever_readings_part_them()
    {
        var tail = new OutputTail(file, time);
        Assert.Null(tail.Read(buffer).Report);
        Write("step 1\njobtree: epo");
        Assert.Equal(0, tail.Read(buffer).Lines);
        Write("ch=1 loss=0.5\nnoise\njobtree: loss=0.4\njobtree: epoch=2");
        var reading = tail.Read(buffer);
        Assert.Equal((2, 1, 0.4), (reading.Lines, reading.Report!.Epoch, reading.Report.Loss));
        Assert.Equal(0, tail.Read(buffer).Lines);
        Write("\n" + new string('x', 998) + "\njobtree: nonsense\n jobtree: epoch=9\njobtree:epoch=9\n");
        reading = tail.Read(buffer);
        Assert.Equal((2, 1, 2), (reading.Lines, reading.Malformed, reading.Report!.Epoch));
    }

    [Fact]
    public void A_line_beyond_the_length_allowed_is_passed_over_to_its_end()
    {
        var tail = new OutputTail(file, time);
        var fits = "jobtree: epoch=1" + new string(' ', TelemetryLine.BytesMax - 16);
        Write($"{fits}\n{fits} \n");
        var reading = tail.Read(buffer);
        Assert.Equal((1, 1, 1), (reading.Lines, reading.TooLong, reading.Report!.Epoch));
        Write("jobtree: " + new string('x', 5_000));
        Assert.Equal(1, tail.Read(buffer).TooLong);
        Write(new string('x', 5_000));
        Assert.Equal(0, tail.Read(buffer).TooLong);
        Write("jobtree: epoch=2\njobtree: epoch=3\n");
        reading = tail.Read(buffer);
        Assert.Equal((1, 3), (reading.Lines, reading.Report!.Epoch));
    }

    [Fact]
    public void Of_much_output_only_the_newest_part_is_read()
    {
        var tail = new OutputTail(file, time);
        var text = new StringBuilder("jobtree: epoch=1\n");
        while (text.Length < 3 * OutputTail.ReadBytesMax)
            text.Append("jobtree line of noise\n");
        Write(text.Append("jobtree: loss=2\n").ToString());
        var reading = tail.Read(buffer);
        Assert.Equal((1, null, 2), (reading.Lines, reading.Report!.Epoch, reading.Report.Loss));
    }

    [Fact]
    public void Of_many_lines_only_the_first_few_of_a_reading_are_taken()
    {
        var tail = new OutputTail(file, time);
        for (var i = 1; i <= OutputTail.LinesMax + 10; i++)
            Write($"jobtree: epoch={i}\n");
        var reading = tail.Read(buffer);
        Assert.Equal((10, OutputTail.LinesMax), (reading.TooMany, reading.Report!.Epoch));
    }

    [Fact]
    public void A_file_that_is_truncated_replaced_or_gone_is_no_fault()
    {
        var tail = new OutputTail(file, time);
        Write("a long beginning\njobtree: epoch=1\n");
        Assert.Equal(1, tail.Read(buffer).Report!.Epoch);
        File.WriteAllText(file, "jobtree: epoch=2\n");
        Assert.Equal(2, tail.Read(buffer).Report!.Epoch);
        File.Delete(file);
        File.CreateSymbolicLink(file, "/dev/zero");
        Assert.Null(tail.Read(buffer).Report);
        File.Delete(file);
        Assert.Null(tail.Read(buffer).Report);
    }

    private void Write(string text) => File.AppendAllText(file, text);
}
