using System.Globalization;
using System.Text.Json.Nodes;
using Jobtree.Core.Json;

namespace Jobtree.Silo.Demo;

/// <summary>A running attempt of a run that trains, and what it would say of itself.</summary>
/// <param name="run">The run.</param>
/// <param name="attempt">The number of its start.</param>
/// <param name="began">When it started, on the agenda.</param>
/// <param name="lasts">How long it works if it succeeds, as it is played.</param>
internal sealed class DayWorkload(DayRun run, int attempt, TimeSpan began, TimeSpan lasts)
{
    private const double GpuBytes = 40e9;
    private const double LossAtFirst = 4.2;
    private const double LossAtLast = 0.35;

    /// <summary>The run.</summary>
    public DayRun Run => run;

    /// <summary>The number of its start.</summary>
    public int Attempt => attempt;

    /// <summary>The part of the work that is done.</summary>
    public double Progress(TimeSpan now) => Math.Clamp((now - began) / lasts, 0, 1);

    /// <summary>The epoch that it is in.</summary>
    public int Epoch(TimeSpan now) => (int)(Progress(now) * run.Epochs);

    /// <summary>The loss, which falls fast at first and has ripples as real ones have.</summary>
    public double Loss(TimeSpan now)
    {
        var progress = Progress(now);
        var falling = LossAtLast + ((LossAtFirst - LossAtLast) * Math.Exp(-5 * progress));
        return falling * (1 + (0.04 * Math.Sin(progress * 90)));
    }

    /// <summary>How busy its GPUs are: they wait for data now and then.</summary>
    public double Utilization(TimeSpan now) => 0.86 + (0.1 * Math.Sin((now - began).TotalSeconds));

    /// <summary>The report to the API.</summary>
    public string Report(TimeSpan now) => new JsonObject
    {
        ["attempt"] = attempt,
        ["epoch"] = Epoch(now),
        ["loss"] = Math.Round(Loss(now), 4),
        ["progress"] = Math.Round(Progress(now), 4),
        ["eta"] = Duration.Format((1 - Progress(now)) * lasts),
        ["gpuUtilization"] = Math.Round(Utilization(now), 3),
        ["gpuMemoryBytes"] = run.Gpus * GpuBytes,
    }.ToJsonString();

    /// <summary>The lines that it prints, one for people and one that Jobtree reads.</summary>
    public string Lines(TimeSpan now) => string.Create(CultureInfo.InvariantCulture,
        $"Epoch {Epoch(now)}/{run.Epochs}: loss {Loss(now):0.0000}\n"
        + $"jobtree: epoch={Epoch(now)} loss={Loss(now):0.0000} progress={Progress(now):0.000}\n");
}
