using Jobtree.Execution.Processes.Reporting;

namespace Jobtree.Execution.Tests.Reporting;

/// <summary>What Linux and the driver of GPUs tell of their use.</summary>
public sealed class UsageTests
{
    [Fact]
    public void GPUs_are_read_from_the_document_of_nvidia_smi()
    {
        using var sample = new StreamReader(Path.Combine(AppContext.BaseDirectory, "Reporting", "nvidia-smi.xml"));
        var gpus = GpuXml.TryRead(sample);
        Assert.Equal(
            [new GpuReading(0.97, 71_234.0 * 1024 * 1024), new GpuReading(0, 4.0 * 1024 * 1024),
                new GpuReading(null, 21_000.0 * 1024 * 1024)], gpus!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.")]
    [InlineData("<nvidia_smi_log><gpu></nvidia_smi_log>")]
    [InlineData("<html/>")]
    [InlineData("<nvidia_smi_log>&lol;</nvidia_smi_log>")]
    public void What_is_no_such_document_is_refused(string text) =>
        Assert.Null(GpuXml.TryRead(new StringReader(text)));

    [Fact]
    public void Entities_are_never_expanded_and_length_is_bounded()
    {
        Assert.Null(GpuXml.TryRead(new StringReader(
            "<!DOCTYPE nvidia_smi_log [<!ENTITY a \"xxxxxxxx\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
            + "<nvidia_smi_log><gpu><utilization><gpu_util>&b;</gpu_util></utilization></gpu></nvidia_smi_log>")));
        Assert.Null(GpuXml.TryRead(new StringReader(
            $"<nvidia_smi_log>{new string(' ', GpuXml.LengthMax)}</nvidia_smi_log>")));
    }

    [Theory]
    [InlineData("45", null)]
    [InlineData("45 %", 0.45)]
    [InlineData("101 %", null)]
    [InlineData("-1 %", null)]
    [InlineData("NaN %", null)]
    [InlineData("[Not Supported]", null)]
    public void A_value_of_another_form_is_absent(string text, double? utilization) =>
        Assert.Equal([new GpuReading(utilization, null)], GpuXml.TryRead(new StringReader(
            $"<nvidia_smi_log><gpu><utilization><gpu_util>{text}</gpu_util></utilization>"
            + "<fb_memory_usage><used>12 parsecs</used></fb_memory_usage></gpu></nvidia_smi_log>"))!);

    [Fact]
    public void Processors_are_busy_unless_idle_or_waiting_for_disks()
    {
        Assert.Equal((180, 1000), MachineUsage.Times("cpu  100 20 40 800 20 5 10 5 90 3"));
        Assert.Equal((40, 100), MachineUsage.Times("cpu 20 10 10 60"));
        foreach (var wrong in new[] { null, "", "cpu0 1 2 3 4", "cpu 1 2 3", "cpu 1 2 3 x" })
            Assert.Null(MachineUsage.Times(wrong));
    }

    [Fact]
    public void Memory_is_used_unless_available()
    {
        Assert.Equal(0.75, MachineUsage.Memory(["MemTotal:  16000 kB", "MemFree: 1 kB", "MemAvailable: 4000 kB"]));
        Assert.Null(MachineUsage.Memory(["MemTotal: 0 kB", "MemAvailable: 1 kB"]));
        Assert.Null(MachineUsage.Memory(["MemTotal: many"]));
        Assert.Null(MachineUsage.Memory([]));
        Assert.InRange(MachineUsage.Memory()!.Value, 0.001, 1);
    }
}
