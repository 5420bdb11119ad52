using System.Globalization;
using System.Text;

namespace Jobtree.Execution.Processes.Containment;

/// <summary>
/// Ends processes that remain when an attempt's ranks have ended, whatever they did to get away: moved to a session of
/// their own, left their parents, cleared their environment. They are found by their control group and by the mark of
/// the attempt; the working directory in an environment, unique to the attempt, counts as well.
/// </summary>
/// <param name="marks">The marks of this host's attempts.</param>
/// <param name="groups">The control groups; null: there are none.</param>
/// <param name="time">The clock.</param>
/// <param name="resisting">Told of a change in the number of attempts whose processes do not end: 1 or -1.</param>
internal sealed class StrayProcesses(
    ProcessMarks marks, ControlGroups? groups, TimeProvider time, Action<int> resisting)
{
    /// <summary>The rounds after which processes are told of that do not end: about five seconds.</summary>
    private const int RoundsUntilTold = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PauseFirst = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);

    /// <summary>Ends the processes of an attempt, repeatedly while there are any.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="cancel">Ends the attempts.</param>
    /// <returns>Whether none is left; false: some are left after a minute, and this goes on trying.</returns>
    public Task<bool> End(ProcessAttempt attempt, CancellationToken cancel)
    {
        var mark = marks.Of(attempt.Id);
        var work = Encoding.UTF8.GetBytes($"{RankEnvironment.WorkMark}={attempt.Folder.WorkPath}");
        return End(
            pid => LinuxProcess.FileLocksMax(pid) == mark || HasVariable(pid, work),
            attempt.Group is { } group && ControlGroups.IsOf(group, mark) ? [group] : [], cancel);
    }

    /// <summary>Ends what is left over of attempts that this host does not carry on: their leases have ended.</summary>
    /// <param name="open">The attempts that this host carries on.</param>
    /// <param name="cancel">Ends the attempts.</param>
    /// <returns>Whether none is left; false: some are left after a minute, and this goes on trying.</returns>
    public Task<bool> EndLeftOvers(IEnumerable<AttemptId> open, CancellationToken cancel)
    {
        var known = open.Select(marks.Of).ToHashSet();
        return End(
            pid => LinuxProcess.FileLocksMax(pid) is { } limit && marks.IsOurs(limit) && !known.Contains(limit),
            groups?.Except(known) ?? [], cancel);
    }

    private async Task<bool> End(Func<int, bool> isOne, IReadOnlyList<string> left, CancellationToken cancel)
    {
        var ending = EndAll(isOne, left, cancel);
        try
        {
            await ending.WaitAsync(Patience, time, cancel);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task EndAll(Func<int, bool> isOne, IReadOnlyList<string> left, CancellationToken cancel)
    {
        var (pause, told) = (PauseFirst, false);
        try
        {
            for (var round = 0; ; round++)
            {
                left = [.. left.Where(static group => !ControlGroups.End(group))];
                var strays = Find(isOne);
                if (strays.Count + left.Count == 0)
                    return;
                if (round == RoundsUntilTold)
                {
                    told = true;
                    resisting(1);
                }
                foreach (var (pid, startTicks) in strays)
                    LinuxProcess.Kill(pid, startTicks);
                await Task.Delay(pause, time, cancel);
                pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
            }
        }
        finally
        {
            if (told)
                resisting(-1);
        }
    }

    private static List<(int Pid, long StartTicks)> Find(Func<int, bool> isOne)
    {
        var strays = new List<(int Pid, long StartTicks)>();
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            // The start time is read first: if the id is given to another process meanwhile, it does not match.
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture,
                out var pid)
                && pid > 1 && pid != Environment.ProcessId
                && LinuxProcess.Stat(pid) is { } stat
                && isOne(pid))
                strays.Add((pid, stat.StartTicks));
        }
        return strays;
    }

    private static bool HasVariable(int pid, byte[] variable)
    {
        ReadOnlySpan<byte> environment;
        try
        {
            environment = File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        foreach (var part in environment.Split((byte)0))
        {
            if (environment[part].SequenceEqual(variable))
                return true;
        }
        return false;
    }
}
