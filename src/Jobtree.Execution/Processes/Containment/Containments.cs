using Microsoft.Extensions.Logging;

namespace Jobtree.Execution.Processes.Containment;

/// <summary>
/// Holds together the processes of each attempt, so that none outlives its lease: by a mark that all of them inherit,
/// and by a control group where this host may make one.
/// </summary>
/// <param name="identity">The file with the identity of this host's folder.</param>
/// <param name="usesGroups">Whether control groups are used.</param>
/// <param name="time">The clock.</param>
/// <param name="resisting">Told of a change in the number of attempts whose processes do not end: 1 or -1.</param>
/// <param name="logger">Tells what cannot be had.</param>
internal sealed class Containments(
    string identity, bool usesGroups, TimeProvider time, Action<int> resisting, ILogger logger)
{
    private ProcessMarks? marks;
    private ControlGroups? groups;
    private StrayProcesses? strays;
    private bool canMark;

    private ProcessMarks Marks => marks ?? throw new InvalidOperationException("The executor has not begun.");

    /// <summary>Finds out what this machine allows.</summary>
    public void Open()
    {
        marks = ProcessMarks.Of(identity);
        groups = usesGroups ? ControlGroups.Find(marks.Name) : null;
        strays = new StrayProcesses(marks, groups, time, resisting);
        // A host that is itself somebody's marked workload cannot raise the limit, unless it is root.
        canMark = LinuxProcess.FileLocksMax(0) is null || Environment.IsPrivilegedProcess;
        if (groups is null)
            logger.LogWarning("This host may make no control groups (cgroup v2): a workload's processes are found by " +
                "a mark that they inherit, which a hostile one can take off.");
        if (!canMark)
            logger.LogWarning("This host is bound by a limit of file locks, so it cannot mark its processes; what a " +
                "workload leaves behind is found by its environment or control group only.");
    }

    /// <summary>The mark to set for an attempt; null: none can be set.</summary>
    /// <param name="attempt">The attempt.</param>
    public ulong? MarkOf(AttemptId attempt) => canMark ? Marks.Of(attempt) : null;

    /// <summary>Makes the control group of an attempt.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <returns>The group; null: there is none.</returns>
    public string? CreateGroup(AttemptId attempt) => groups?.Create(Marks.Of(attempt));

    /// <summary>Puts a process into its attempt's group, before it runs anything of the workload.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="pid">The process.</param>
    public void Enter(ProcessAttempt attempt, int pid)
    {
        if (attempt.Group is { } group && !ControlGroups.TryEnter(group, pid))
            logger.LogWarning("A process of {Attempt} could not be put into the control group {Group}.", attempt.Id,
                group);
    }

    /// <summary>Tells of an attempt whose ranks do not end, or have ended at last.</summary>
    /// <param name="change">1 or -1.</param>
    public void Resists(int change) => resisting(change);

    /// <summary>Ends what is left of an attempt when its ranks have ended.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="cancel">Ends the attempts.</param>
    /// <returns>Whether none is left; false: some are left after a minute, and this goes on trying.</returns>
    public Task<bool> End(ProcessAttempt attempt, CancellationToken cancel) => strays!.End(attempt, cancel);

    /// <summary>Ends what is left of attempts that this host does not carry on.</summary>
    /// <param name="open">The attempts that it carries on.</param>
    /// <param name="cancel">Cancels the wait.</param>
    public async Task EndLeftOvers(IEnumerable<AttemptId> open, CancellationToken cancel)
    {
        try
        {
            if (!await strays!.EndLeftOvers(open, cancel))
                logger.LogError("Processes of an earlier host are left over and could not be ended; this goes on "
                    + "trying.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogError(e, "It is not known whether processes of an earlier host are left over.");
        }
    }

    /// <summary>Removes what is not needed while no attempt runs.</summary>
    public void Dispose() => groups?.Dispose();
}
