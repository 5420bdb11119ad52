using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Local;

/// <summary>
/// The runs of this process. What a run is between two turns is its record in the index: its actor is made from that
/// for each turn, so that a run that nobody talks to costs its record alone, and asking for one that was never
/// submitted leaves nothing behind.
/// </summary>
/// <remarks>
/// Runs share a fixed number of lanes. In its turn a run waits for its flavor, its journal and the executor, never for
/// another run, so two runs that share a lane cannot wait for each other.
/// </remarks>
internal sealed class LocalRuns(
    LocalFleet fleet, LocalFleetOptions options, IExecutor executor, LocalRunIndex index, SharedText texts)
{
    private const int LanesCount = 1024;

    private readonly Lane[] lanes = [.. Enumerable.Range(0, LanesCount).Select(_ => new Lane())];

    private readonly SharedSpecs specs = new();

    public int Count => index.Total;

    /// <summary>A run's name as it is kept: runs of one namespace share its text.</summary>
    public RunKey Share(RunKey run) => new(texts.Of(run.Namespace), run.Name);

    /// <summary>A submission as it is kept: what many have in common is one object.</summary>
    public Submission Share(Submission submission) =>
        submission with { Owner = texts.Of(submission.Owner), Spec = specs.Of(submission.Spec) };

    public RunRecord? Find(RunKey run) => index.Find(run);

    public Lane LaneOf(RunKey run) => lanes[(uint)run.GetHashCode() % LanesCount];

    /// <summary>The actor of a run, for one turn.</summary>
    public RunActor Wake(RunKey run)
    {
        var actor = new RunActor(
            run, options.Journals(new ActorKey(ActorKind.Run, run.ToString())), fleet, executor, options.Time);
        if (index.Find(run) is { } record)
            actor.Restore(record);
        return actor;
    }

    /// <summary>Takes in one journal record, at recovery.</summary>
    public void Replay(RunKey run, ReadOnlySpan<byte> record)
    {
        var change = RunEventFormat.Read(record, texts, run);
        if (change.Submitted is { } submission)
            change = change with { Submitted = submission with { Spec = specs.Of(submission.Spec) } };
        index.Recover(run, change, RunTransitions.Apply);
    }

    /// <summary>Takes over a snapshot, at recovery.</summary>
    public void Restore(RunKey run, ReadOnlySpan<byte> state)
    {
        if (RunRecordFormat.Read(run, state, texts) is { } record)
            index.Recover(record with { Spec = specs.Of(record.Spec) });
    }

    /// <summary>The snapshots of all runs, each between two of its turns.</summary>
    public async IAsyncEnumerable<(ActorKey Actor, long Sequence, byte[] State)> Snapshots()
    {
        foreach (var run in index.Keys())
        {
            // Asked within its turn: a record may be in the log already while the actor has not taken it in yet.
            var lane = LaneOf(run);
            await lane.Enter();
            var record = index.Find(run);
            lane.Leave();
            if (record is not null)
                yield return (new ActorKey(ActorKind.Run, run.ToString()), record.Version,
                    RunRecordFormat.ToBytes(record));
        }
    }
}
