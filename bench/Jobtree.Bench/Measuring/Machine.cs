using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Jobtree.Bench.Measuring;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    private const int Flushes = 200;

    public static string Describe(string folder)
    {
        var flush = FlushLatency(folder);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            machine  {Environment.ProcessorCount} cores, {Processor()}, load before {Load()}
            system   {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}
            disk     {folder}: write and flush of 4 KiB
                     p50 {flush.At(0.5) / 1000:0.00} ms, p99 {flush.At(0.99) / 1000:0.00} ms
            """);
    }

    private static Latencies FlushLatency(string folder)
    {
        var path = Path.Combine(folder, "flush");
        var latencies = new Latencies();
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            var block = new byte[4096];
            for (var i = 0; i < Flushes; i++)
            {
                var began = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, block, (long)i * block.Length);
                RandomAccess.FlushToDisk(file);
                latencies.AddSince(began);
            }
        }
        File.Delete(path);
        return latencies;
    }

    private static string Processor()
    {
        var line = File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(
            line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string Load() =>
        File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
