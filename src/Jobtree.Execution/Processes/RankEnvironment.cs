using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Execution.Processes.Users;

namespace Jobtree.Execution.Processes;

/// <summary>
/// The environment of a rank: a few variables of the host, then the run's own, then the rank's position in the gang.
/// </summary>
internal static class RankEnvironment
{
    /// <summary>The working directory; it also marks every process of an attempt.</summary>
    public const string WorkMark = "JOBTREE_WORKDIR";

    // No other host variables are inherited: they may hold tokens and connection strings.
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG", "TMPDIR"];

    /// <summary>Builds the environment.</summary>
    /// <param name="launch">The launch.</param>
    /// <param name="plan">The ranks.</param>
    /// <param name="rank">The rank to build it for.</param>
    /// <param name="workPath">The working directory.</param>
    /// <param name="masterPort">A port on which rank 0 may listen for the others.</param>
    /// <param name="secrets">The values of the variables that are secret.</param>
    /// <param name="user">Who runs it; null: the user of this host.</param>
    public static Dictionary<string, string> Of(
        Launch launch, RankPlan plan, Rank rank, string workPath, int masterPort,
        IReadOnlyDictionary<string, string> secrets, HostUser? user = null)
    {
        var env = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                env[name] = value;
        }
        if (user is not null)
        {
            env.Remove("TMPDIR");
            (env["HOME"], env["USER"], env["LOGNAME"]) = (user.Home, user.Name, user.Name);
        }
        env["MASTER_ADDR"] = "127.0.0.1";
        env["MASTER_PORT"] = Text(masterPort);
        foreach (var (name, value) in rank.Work.Env.Concat(secrets))
            env[name] = value;
        env["RANK"] = Text(rank.Number);
        env["WORLD_SIZE"] = Text(plan.Ranks.Count);
        // Each process sees only its own GPUs, so its local rank is always 0.
        env["LOCAL_RANK"] = "0";
        env["LOCAL_WORLD_SIZE"] = "1";
        env["CUDA_VISIBLE_DEVICES"] = string.Join(
            ',', Enumerable.Range(0, 64).Where(ordinal => (rank.Slots.Mask >> ordinal & 1) != 0));
        env["JOBTREE_RUN"] = launch.Run.ToString();
        env["JOBTREE_ATTEMPT"] = Text(launch.Attempt);
        env["JOBTREE_NODE"] = rank.Slots.Node;
        env["JOBTREE_GROUP"] = Text(rank.Group);
        env["JOBTREE_GPUS"] = Text(rank.Slots.Count);
        if (rank.Work.Role is { } role)
        {
            env["JOBTREE_ROLE"] = role.Name;
            env["JOBTREE_ROLE_INDEX"] = Text(rank.Work.Pod);
        }
        env[WorkMark] = workPath;
        if (launch.TraceParent is { } trace && !trace.Contains('\0', StringComparison.Ordinal))
            env["TRACEPARENT"] = trace;
        return env;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
