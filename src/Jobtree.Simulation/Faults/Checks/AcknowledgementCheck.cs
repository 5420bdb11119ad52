using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Simulation.Faults.Hosting;
using Jobtree.Simulation.Faults.Lives;

namespace Jobtree.Simulation.Faults.Checks;

/// <summary>What was acknowledged is there: every submission, and every end.</summary>
/// <param name="world">The fleet.</param>
/// <param name="client">What was commanded and acknowledged.</param>
internal sealed class AcknowledgementCheck(World world, Client client)
{
    /// <summary>How long a submission may have been under way when the end was first asked for.</summary>
    private static readonly long UnderWayMax = TimeSpan.FromMinutes(2).Ticks;

    /// <summary>Checks every acknowledged command.</summary>
    public void Check()
    {
        foreach (var command in client.Commands.Where(command => command.Acknowledged is not null))
        {
            if (command.Submits is { } submitted && !IsThere(submitted, command))
                world.Watch.Found(new Violation(12, "no acknowledged submission is lost",
                    $"'{command.Words}' was acknowledged, and there is no run {submitted}"));
            if (command.Ends is { } ended && world.Watch.Runs.GetValueOrDefault(ended) is var run
                && (run is null || (!run.IsOver && !IsOfLaterSubmission(run, command))))
                world.Watch.Found(new Violation(12, "no acknowledged end is lost",
                    $"'{command.Words}' was acknowledged, and {ended} is {run?.Phase.ToString() ?? "not there"}"));
            if ((command.Holds ?? command.Releases) is { } kept && !IsAsTold(kept, command))
                world.Watch.Found(new Violation(12, "no acknowledged hold or release is lost",
                    $"'{command.Words}' was acknowledged, and {kept} is not so"));
        }
    }

    /// <summary>Whether a run is held or free as it was told last; nobody knows while other such commands were under
    /// way.</summary>
    private bool IsAsTold(RunKey run, Command told) =>
        world.Watch.Runs.GetValueOrDefault(run) is not { } record
            ? !client.Commands.Any(other => other.Submits == run && other.Acknowledged is not null)
            : record.IsOver || record.Hold is null == (told.Holds is null) || client.Commands.Any(other =>
                other != told && (other.Submits == run || other.Holds == run || other.Releases == run)
                && other.LastSent >= told.FirstSent - UnderWayMax);

    /// <summary>Whether a run is there, by this very command if no other submitted it.</summary>
    private bool IsThere(RunKey run, Command submission) => world.Watch.Runs.TryGetValue(run, out var record)
        && (record.SubmitOperation == submission.Operation
            || client.Commands.Any(other => other != submission && other.Submits == run));

    /// <summary>Whether the run was submitted again after the end was first asked for.</summary>
    private bool IsOfLaterSubmission(RunRecord run, Command end) => client.Commands.Any(
        command => command.Submits == run.Key && command.Operation == run.SubmitOperation
            && command.LastSent >= end.FirstSent - UnderWayMax && run.EarlierOperations is not null);
}
