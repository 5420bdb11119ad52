using System.CommandLine;
using System.Globalization;
using Jobtree.Core.Scheduling;

namespace Jobtree.Silo.Commands;

/// <summary>
/// The options of <c>up</c> that set the scheduler's times and order. A flavor's ledger tells what was decided and not
/// by which of these, so they may change from one start to the next.
/// </summary>
internal sealed class SchedulerOptionSet
{
    // Below that, a flavor would plan the same reservations all the time.
    private const double SecondsMin = 0.1;
    private const double SecondsMax = 86_400;
    private const int HoursMax = 8_760;
    private static readonly SchedulerOptions Defaults = new();

    private readonly Option<double> lead = Seconds("--activation-lead", Defaults.ActivationLead,
        "Seconds after which a reservation may cut others if nothing fits by itself before.");
    private readonly Option<double> replan = Seconds("--replan-min", Defaults.ReplanMin,
        "The least seconds from a plan of a reservation to its start, or to its next plan.");
    private readonly Option<double> growth = Seconds("--growth-min", Defaults.GrowthMin,
        "The least seconds from a change of an elastic run's width to its next growth.");

    private readonly Option<double> claimWait = new("--claim-wait-max")
    {
        Description = "Hours that a funded run may be made to wait where room for it would destroy more work than its "
            + "wait costs. 0: claims are served at once, whatever is lost.",
        DefaultValueFactory = _ => Defaults.ClaimWaitMax.TotalHours,
    };

    private readonly Option<string> order = new("--order")
    {
        Description = "Who is served first of those that wait: fair (by waiting time over expected duration), fifo "
            + "(by submission) or shortest (by expected duration).",
        DefaultValueFactory = _ => ServingOrders.Names[0],
    };

    public void AddTo(Command command)
    {
        order.AcceptOnlyFromAmong([.. ServingOrders.Names]);
        command.Options.Add(order);
        command.Options.Add(claimWait);
        foreach (var option in (Option[])[lead, replan, growth])
            command.Options.Add(option);
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="ArgumentException">One is not within its bounds.</exception>
    public SchedulerOptions Read(ParseResult parsed) => Defaults with
    {
        ActivationLead = Time(parsed, lead),
        ReplanMin = Time(parsed, replan),
        GrowthMin = Time(parsed, growth),
        ClaimWaitMax = parsed.GetValue(claimWait) is >= 0 and <= HoursMax and var hours ? TimeSpan.FromHours(hours)
            : throw new ArgumentException($"{claimWait.Name} takes hours, 0 to {HoursMax}."),
        Serving = ServingOrders.Named(parsed.GetRequiredValue(order)),
    };

    private static Option<double> Seconds(string name, TimeSpan otherwise, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => otherwise.TotalSeconds,
    };

    private static TimeSpan Time(ParseResult parsed, Option<double> option) =>
        parsed.GetValue(option) is >= SecondsMin and <= SecondsMax and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"{option.Name} takes seconds, {SecondsMin} to {SecondsMax}."));
}
