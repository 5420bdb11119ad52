using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>The processes of a launch.</summary>
/// <param name="Ranks">The ranks: by group, then node; or by role, then pod.</param>
internal sealed partial record RankPlan(IReadOnlyList<Rank> Ranks)
{
    private static readonly Dictionary<string, string> NoEnv = [];
    private static readonly Dictionary<string, SecretReference> NoSecrets = [];

    /// <summary>
    /// Computes the ranks. Without roles there is one for each node on which a group has Active slots, even if two
    /// payers share the node; with roles, one for each pod.
    /// </summary>
    /// <param name="launch">The launch.</param>
    /// <param name="ranksMax">The most ranks that may run at once.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="problem">Why there is no plan.</param>
    public static bool TryCreate(
        Launch launch, int ranksMax, [NotNullWhen(true)] out RankPlan? plan, [NotNullWhen(false)] out string? problem)
    {
        var ranks = RanksOf(launch, out problem);
        plan = null;
        problem ??= ranks.Count switch
        {
            0 => "The run holds no Active slots to run a process on.",
            var count when count > ranksMax =>
                $"The run needs {count} processes; this host runs at most {ranksMax} at once.",
            _ => null,
        };
        if (problem is not null)
            return false;
        plan = new RankPlan(ranks);
        return true;
    }

    /// <summary>
    /// Whether the ranks are on the same GPUs as those of another plan of the attempt. What they do cannot differ.
    /// </summary>
    /// <param name="other">The other plan.</param>
    public bool HasPlacesOf(RankPlan other) => Ranks.Select(static rank => (rank.Group, rank.Slots)).SequenceEqual(
        other.Ranks.Select(static rank => (rank.Group, rank.Slots)));

    private static IReadOnlyList<Rank> RanksOf(Launch launch, out string? problem)
    {
        var slots = SlotsOf(launch.Leases);
        var workload = launch.Spec.Workload;
        if (workload?.Roles is { Count: > 0 } roles)
        {
            problem = roles.Select((role, i) => ProblemOf(
                    $"workload.roles[{i}]", role.Command, role.Env ?? NoEnv, role.Secrets ?? NoSecrets))
                .FirstOrDefault(wrong => wrong is not null);
            return problem is null ? PodAssignment.Of(roles, slots, out problem) : [];
        }
        var work = new RankWork(
            workload?.Command ?? [], workload?.Env ?? NoEnv, workload?.Secrets ?? NoSecrets);
        problem = ProblemOf("workload", work.Command, work.Env, work.Secrets);
        return [.. slots.Select((here, number) => new Rank(number, here.Group, here.Slots, work))];
    }

    /// <summary>The Active slots by group, then node.</summary>
    private static List<(int Group, NodeSlots Slots)> SlotsOf(IReadOnlyList<Lease> leases)
    {
        var slots = new SortedDictionary<(int Group, string Node), ulong>(Comparer<(int Group, string Node)>.Create(
            static (a, b) => a.Group != b.Group ? a.Group.CompareTo(b.Group) : string.CompareOrdinal(a.Node, b.Node)));
        foreach (var lease in leases.Where(static l => l.Role == LeaseRole.Active))
        foreach (var part in lease.Slots)
            slots[(lease.Group, part.Node)] = slots.GetValueOrDefault((lease.Group, part.Node)) | part.Mask;
        return [.. slots.Select(static s => (s.Key.Group, new NodeSlots(s.Key.Node, s.Value)))];
    }

    private static string? ProblemOf(
        string field, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> env,
        IReadOnlyDictionary<string, SecretReference> secrets)
    {
        if (command.Count == 0 || command[0].Length == 0)
            return $"{field}.command is empty; the process executor needs a program to run.";
        for (var i = 0; i < command.Count; i++)
        {
            if (command[i].Contains('\0', StringComparison.Ordinal))
                return $"{field}.command[{i}] holds a NUL character, which no argument of a program can.";
        }
        foreach (var name in env.Keys.Concat(secrets.Keys))
        {
            if (!VariableName().IsMatch(name))
                return $"{field}.env: '{OneLine.Of(name)}' is not a name of an environment variable; letters, digits " +
                    $"and _ are allowed, and no digit first.";
            if (env.GetValueOrDefault(name, "").Contains('\0', StringComparison.Ordinal))
                return $"{field}.env: the value of '{name}' holds a NUL character, which no environment variable can.";
        }
        return null;
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex VariableName();
}

/// <summary>One process of a run: one group's slots on one node, or one pod of a role.</summary>
/// <param name="Number">The rank, from 0.</param>
/// <param name="Group">The placement group.</param>
/// <param name="Slots">The node and GPUs.</param>
/// <param name="Work">What it does.</param>
internal sealed record Rank(int Number, int Group, NodeSlots Slots, RankWork Work)
{
    /// <summary>What messages call it.</summary>
    public string Title => Work.Role is { } role ? $"Rank {Number} ({role.Name} {Work.Pod}) on {Slots.Node}"
        : $"Rank {Number} on {Slots.Node}";
}

/// <summary>What a process does.</summary>
/// <param name="Command">The command and its arguments, unchanged.</param>
/// <param name="Env">The variables of the run, or of the role.</param>
/// <param name="Secrets">The variables whose values are secret.</param>
/// <param name="Role">Its role; null: the run has none.</param>
/// <param name="Pod">Which pod of the role it is, from 0.</param>
internal sealed record RankWork(
    IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Env,
    IReadOnlyDictionary<string, SecretReference> Secrets, WorkloadRole? Role = null, int Pod = 0);
