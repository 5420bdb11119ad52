using System.Globalization;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Admissions;

/// <summary>
/// Decisions of a flavor, and admissions through the actors, on fleets of several sizes that are 70 % full.
/// </summary>
internal static class AdmissionsBench
{
    private static readonly int[] Sizes = [1_000, 10_000, 100_000];

    public static async Task Run(BenchSettings settings, int? only = null)
    {
        var decisions = new Table(
            "One decision: the call into the flavor that admits a run, one caller (median of the repeats, least and most in brackets)",
            "GPUs", "journal", "decisions/s", "p50 us", "p99 us", "max us", "cpu us each", "bytes each");
        var admissions = new Table(
            "Admissions through the actors: run submitted, decided, started, told; as many runs complete as start (only admissions are counted)",
            "GPUs", "journal", "producers", "admissions/s", "answer p50 us", "p99 us", "max us", "cpu us each",
                "bytes each", "had to wait");
        await WarmUp(settings);
        foreach (var gpus in only is { } size ? [size] : Sizes)
        {
            foreach (var durable in (bool[])[false, true])
            {
                await Decisions(settings, new FleetShape(gpus), durable, decisions);
                await Admissions(settings, new FleetShape(gpus), durable, admissions);
            }
        }
        decisions.Print();
        admissions.Print();
    }

    /// <summary>Runs all of it once, so that the first size measured is compiled as well as the last.</summary>
    private static async Task WarmUp(BenchSettings settings)
    {
        var shape = new FleetShape(Sizes[0]);
        await using var fleet = await BenchFleet.Open(settings, shape, durable: true);
        await AdmissionLoad.Run(settings, fleet, shape, producers: 1, seed: 0);
    }

    private static async Task Decisions(BenchSettings settings, FleetShape shape, bool durable, Table table)
    {
        var measured = new List<Measurement>();
        for (var repeat = 0; repeat < BenchSettings.Repeats; repeat++)
        {
            await using var fleet = await BenchFleet.Open(settings, shape, durable);
            measured.Add(await new DecisionLoop(fleet, shape, seed: repeat).Run(settings));
        }
        table.Add(Count(shape.Gpus), Journal(durable), Rate(measured), At(measured, 0.5), At(measured, 0.99),
            At(measured, 1), Processor(measured), Bytes(measured));
    }

    private static async Task Admissions(BenchSettings settings, FleetShape shape, bool durable, Table table)
    {
        var producers = durable ? 2 : 1;
        var measured = new List<Measurement>();
        for (var repeat = 0; repeat < BenchSettings.Repeats; repeat++)
        {
            await using var fleet = await BenchFleet.Open(settings, shape, durable);
            measured.Add(await AdmissionLoad.Run(settings, fleet, shape, producers, seed: repeat));
        }
        table.Add(
            Count(shape.Gpus), Journal(durable), Count(producers), Rate(measured), At(measured, 0.5), At(
                measured, 0.99), At(measured, 1), Processor(measured), Bytes(measured),
            (measured.Sum(one => (double)one.Waited) / measured.Sum(one => one.Count + one.Waited)).ToString(
                "0.0 %", CultureInfo.InvariantCulture));
    }

    private static string Journal(bool durable) => durable ? "flushed" : "none";

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Rate(List<Measurement> measured) =>
        new Spread([.. measured.Select(one => one.PerSecond)]).Show("N0");

    private static string Processor(List<Measurement> measured) =>
        new Spread([.. measured.Select(one => one.MicrosEach)]).Show("N1");

    private static string Bytes(List<Measurement> measured) =>
        new Spread([.. measured.Select(one => one.BytesEach)]).Show("N0");

    private static string At(List<Measurement> measured, double share) =>
        new Spread([.. measured.Select(one => one.Latencies.At(share))]).Show("N1");
}
