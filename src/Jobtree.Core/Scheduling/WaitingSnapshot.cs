using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>A run that waits, as a snapshot keeps it.</summary>
/// <param name="Demand">What it asks for.</param>
/// <param name="Since">When it began to wait.</param>
/// <param name="Reservation">Its reservation, if it has one.</param>
/// <param name="Forecast">The forecast made when it began to wait.</param>
/// <param name="Baseline">The wait behind the forecast.</param>
public sealed record WaitingSnapshot(
    Demand Demand, DateTimeOffset Since, Reservation? Reservation, RunEta? Forecast, TimeSpan Baseline);
