using Jobtree.Actors.Operations;
using Jobtree.Grains.Hosting;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Logging;

/// <summary>Logs each change of nodes, budgets and funding terms in one line, with who asked for it.</summary>
/// <param name="loggers">Makes the loggers.</param>
/// <param name="askers">Tells who asked for a command.</param>
internal sealed partial class ChangeLog(ILoggerFactory loggers, Askers askers)
{
    private const int NamesMax = 8;

    private readonly ILogger targets = loggers.CreateLogger(LogCategories.TargetLogger);
    private readonly ILogger states = loggers.CreateLogger(LogCategories.StateLogger);

    /// <summary>Logs a command.</summary>
    /// <param name="change">What it changed.</param>
    public void Changed(FleetChange change)
    {
        var caller = askers.Of(change.Operation);
        foreach (var kind in change.Applied.Where(IsChange).GroupBy(applied => applied.Kind))
        {
            var changed = kind.ToList();
            var names = string.Join(", ", changed.Take(NamesMax).Select(applied => applied.Name));
            if (changed.Count > NamesMax)
                names += $" and {changed.Count - NamesMax} more";
            if (kind.Key == "Run" && change.Detail is { } sponsor)
                SponsorAdded(states, names, sponsor, caller);
            else
                ObjectsChanged(kind.Key == "Node" ? targets : states, kind.Key.ToLowerInvariant(), names,
                    change.Detail?.ToLowerInvariant() ?? Outcomes(changed), caller, change.Reason ?? "none given");
        }
    }

    // A request that applies runs beside nodes has run outcomes too, which the log of runs has already.
    private static bool IsChange(Applied applied) => applied.Outcome is "created" or "changed" or "deleted"
        or "held" or "released";

    private static string Outcomes(List<Applied> changed) => string.Join(", ",
        changed.GroupBy(applied => applied.Outcome).Select(outcome => $"{outcome.Count()} {outcome.Key}"));

    [LoggerMessage(120, LogLevel.Information, "{Caller} changed {Kind} {Names}: {Change}. Reason: {Reason}.")]
    private static partial void ObjectsChanged(
        ILogger logger, string kind, string names, string change, string caller, string reason);

    [LoggerMessage(121, LogLevel.Information, "{Caller} let {Run} borrow from {Sponsor}.")]
    private static partial void SponsorAdded(ILogger logger, string run, string sponsor, string caller);
}
