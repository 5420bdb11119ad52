using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs.Following;

/// <summary>
/// Finds the following runs that should look at their upstream runs again: because one of these has changed, or because
/// their grace is over. It compares what the listing knows of the upstream runs with what it knew when it last woke the
/// follower. So a notice cannot be lost for good, and runs that nobody follows cost nothing.
/// </summary>
public sealed class FollowWatch
{
    /// <summary>How soon a run is woken again if it had a reason to act, and did not.</summary>
    private static readonly TimeSpan RepeatPause = TimeSpan.FromSeconds(5);

    private readonly Dictionary<RunKey, Follower> followers = [];

    /// <summary>When a follower is next to be woken although no upstream run has changed; null: never.</summary>
    public DateTimeOffset? NextWake
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var follower in followers.Values)
            {
                if (follower.DueAt() is { } due && (next is null || due < next))
                    next = due;
            }
            return next;
        }
    }

    /// <summary>The runs that others follow, each once.</summary>
    public IReadOnlyList<RunKey> Upstreams() =>
        followers.Count == 0 ? [] : [.. followers.Values.SelectMany(follower => follower.Upstreams).Distinct()];

    /// <summary>Takes the newest record of a run.</summary>
    /// <param name="record">The record.</param>
    public void Put(RunRecord record)
    {
        if (record.Gate is null || record.IsOver)
        {
            if (followers.Count > 0)
                followers.Remove(record.Key);
        }
        else if (followers.TryGetValue(record.Key, out var known) && known.Record.SubmittedAt == record.SubmittedAt)
        {
            known.Record = record;
        }
        else
        {
            followers[record.Key] = new Follower(record);
        }
    }

    /// <summary>The followers to wake now, in order of submission. They count as woken.</summary>
    /// <param name="states">The present state of each upstream run.</param>
    /// <param name="now">The present.</param>
    public IReadOnlyList<DueFollower> TakeDue(
        IReadOnlyDictionary<RunKey, UpstreamState> states, DateTimeOffset now)
    {
        List<DueFollower> due = [];
        foreach (var follower in followers.Values)
        {
            if (follower.Take(states, now))
                due.Add(new DueFollower(follower.Record.SubmittedAt, follower.Record.Key));
        }
        due.Sort();
        return due;
    }

    /// <summary>Has a follower that could not be woken be due again.</summary>
    /// <param name="run">The follower.</param>
    public void Retry(RunKey run)
    {
        if (followers.TryGetValue(run, out var follower))
            follower.Forget();
    }

    private sealed class Follower(RunRecord record)
    {
        private UpstreamState[]? seen;
        private DateTimeOffset? wokenAt;

        public RunRecord Record { get; set; } = record;

        public RunKey[] Upstreams { get; } =
            [.. record.Spec.Follow!.After.Select(name => new RunKey(record.Key.Namespace, name))];

        /// <summary>
        /// When it is to be woken although nothing changes. While the members of a cluster change, it may have been
        /// told of an upstream run by an activation that another one had followed.
        /// </summary>
        public DateTimeOffset? DueAt()
        {
            if (IsDecided() || HasMissed())
                return wokenAt + RepeatPause;
            var deadline = Record.Gate!.Deadline(FollowMessages.Grace(Record.Spec.Follow!));
            return wokenAt >= deadline ? wokenAt + RepeatPause : deadline;
        }

        public bool Take(IReadOnlyDictionary<RunKey, UpstreamState> states, DateTimeOffset now)
        {
            var present = Array.ConvertAll(Upstreams, upstream => states.GetValueOrDefault(upstream));
            if (seen is not null && seen.AsSpan().SequenceEqual(present) && !(DueAt() <= now))
                return false;
            (seen, wokenAt) = (present, now);
            return true;
        }

        public void Forget() => seen = null;

        /// <summary>Whether it counts no grace for an upstream run that was last known to have failed, or not at all.
        /// </summary>
        private bool HasMissed()
        {
            for (var i = 0; i < seen?.Length; i++)
            {
                if (seen[i].Stage is UpstreamStage.Failed or UpstreamStage.Unknown
                    && Record.Gate!.Missing?.ContainsKey(Upstreams[i].Name) != true)
                    return true;
            }
            return false;
        }

        /// <summary>Whether what was last known of its upstream runs lets it go on, or ends it.</summary>
        private bool IsDecided() => seen is not null
            && (Array.TrueForAll(seen, static upstream => upstream.Stage == UpstreamStage.Completed)
                || (Record.Spec.Follow!.OnUpstreamFailure == UpstreamFailure.Fail
                    && Array.Exists(seen, static upstream => upstream.Stage == UpstreamStage.Failed)));
    }
}

/// <summary>A follower to wake.</summary>
/// <param name="SubmittedAt">When it was submitted; earlier ones come first.</param>
/// <param name="Run">The run.</param>
public readonly record struct DueFollower(DateTimeOffset SubmittedAt, RunKey Run) : IComparable<DueFollower>
{
    /// <inheritdoc/>
    public int CompareTo(DueFollower other) =>
        SubmittedAt != other.SubmittedAt ? SubmittedAt.CompareTo(other.SubmittedAt) : Run.CompareTo(other.Run);

    /// <summary>Whether one comes before another.</summary>
    public static bool operator <(DueFollower left, DueFollower right) => left.CompareTo(right) < 0;

    /// <summary>Whether one comes after another.</summary>
    public static bool operator >(DueFollower left, DueFollower right) => left.CompareTo(right) > 0;

    /// <summary>Whether one comes before another, or with it.</summary>
    public static bool operator <=(DueFollower left, DueFollower right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one comes after another, or with it.</summary>
    public static bool operator >=(DueFollower left, DueFollower right) => left.CompareTo(right) >= 0;
}

/// <summary>What matters of an upstream run to its followers.</summary>
/// <param name="Stage">How far it is.</param>
/// <param name="SubmittedAt">Which submission of it.</param>
public readonly record struct UpstreamState(UpstreamStage Stage, DateTimeOffset SubmittedAt)
{
    /// <summary>The state of a run.</summary>
    /// <param name="run">Its record; null: it was never submitted.</param>
    public static UpstreamState Of(RunRecord? run) => run is null or { IsHidden: true } ? default
        : new UpstreamState(run.Phase switch
        {
            RunPhase.Completed => UpstreamStage.Completed,
            RunPhase.Failed => UpstreamStage.Failed,
            _ => UpstreamStage.Open,
        }, run.SubmittedAt);
}

/// <summary>How far an upstream run is.</summary>
public enum UpstreamStage
{
    /// <summary>It was never submitted.</summary>
    Unknown,

    /// <summary>It waits or runs.</summary>
    Open,

    /// <summary>It completed.</summary>
    Completed,

    /// <summary>It failed or was cancelled.</summary>
    Failed,
}
