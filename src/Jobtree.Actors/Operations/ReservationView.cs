using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>A reservation and its forecast.</summary>
/// <param name="Reservation">The reservation.</param>
/// <param name="Flavor">The flavor that holds it.</param>
/// <param name="Scope">Where the GPUs are missing: a fabric domain, or <c>fleet</c>.</param>
/// <param name="Confidence">The share of this flavor's past forecasts that held their 90 % bound, 0 to 1; absent
/// without past forecasts.</param>
/// <param name="Remedies">What would start it sooner.</param>
/// <param name="Countdown">Time left until the forecast start, at least zero.</param>
/// <param name="Eta">The forecast with its bound.</param>
public sealed record ReservationView(
    Reservation Reservation,
    string Flavor,
    string Scope,
    double? Confidence,
    IReadOnlyList<string> Remedies,
    TimeSpan Countdown,
    RunEta Eta);
