using System.Text;
using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

/// <summary>Keeps all that a journal hands over.</summary>
/// <param name="withStates">Whether states are made of the records, which takes long for many records.</param>
internal sealed class Replayed(bool withStates = true) : IJournalReader
{
    public List<(string Actor, long Sequence, string State)> States { get; } = [];

    public List<(string Actor, long Sequence, string Payload, JournalPosition At)> Records { get; } = [];

    public List<(string Actor, long Sequence)> Forgotten { get; } = [];

    /// <summary>The state of each actor, where a state is the list of the payloads so far.</summary>
    public Dictionary<string, string> Actors { get; } = [];

    public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
    {
        States.Add((actor.Key, sequence, Encoding.Latin1.GetString(state)));
        Actors[actor.Key] = Encoding.Latin1.GetString(state);
    }

    public void Forget(JournalActor actor, long sequence)
    {
        Assert.True(Actors.Remove(actor.Key));
        Forgotten.Add((actor.Key, sequence));
    }

    public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at)
    {
        Records.Add((actor.Key, sequence, Encoding.Latin1.GetString(payload), at));
        if (withStates)
            Actors[actor.Key] = Actors.GetValueOrDefault(actor.Key, "") + Encoding.Latin1.GetString(payload) + ";";
    }
}
