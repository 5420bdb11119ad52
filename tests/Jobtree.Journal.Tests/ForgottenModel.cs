using System.Globalization;
using System.Text;

namespace Jobtree.Journal.Tests;

/// <summary>
/// Drives a log with actors that are forgotten, restored and captured at random, and knows which were live after every
/// append.
/// </summary>
internal sealed class ForgottenModel(Random random, int actors)
{
    private readonly Dictionary<string, (long Sequence, string State)> _live = [];
    private readonly Dictionary<string, (long Sequence, string State)> _gone = [];

    /// <summary>The states of the live actors after each append.</summary>
    public List<Dictionary<string, string>> After { get; } = [[]];

    /// <summary>Appends something that the actors' present states allow.</summary>
    public void Step(JournalLog log)
    {
        var actor = string.Create(CultureInfo.InvariantCulture, $"run/default/é{random.Next(actors)}");
        long lsn;
        if (_gone.Remove(actor, out var gone))
        {
            lsn = log.Restore(actor, gone.Sequence, Encoding.Latin1.GetBytes(gone.State));
            _live[actor] = gone;
        }
        else if (random.Next(3) == 0 && _live.Remove(actor, out var live))
        {
            lsn = log.Forget(actor, live.Sequence);
            _gone[actor] = live;
        }
        else
        {
            var (sequence, state) = _live.GetValueOrDefault(actor, (0, ""));
            var payload = Workload.Payload(After.Count);
            lsn = log.Append(actor, sequence + 1, Encoding.Latin1.GetBytes(payload));
            _live[actor] = (sequence + 1, $"{state}{payload};");
        }
        Assert.Equal(After.Count, lsn);
        After.Add(_live.ToDictionary(pair => pair.Key, pair => pair.Value.State));
    }

    /// <summary>
    /// Takes a snapshot whose states are captured in any order, with appends between any two of them.
    /// </summary>
    public async Task Snapshot(JournalLog log, int stepsBetweenMax)
    {
        using var snapshot = await log.BeginSnapshot();
        var order = Enumerable.Range(0, actors).ToArray();
        random.Shuffle(order);
        foreach (var number in order)
        {
            for (var steps = random.Next(stepsBetweenMax + 1); steps > 0; steps--)
                Step(log);
            var actor = string.Create(CultureInfo.InvariantCulture, $"run/default/é{number}");
            if (_live.TryGetValue(actor, out var live))
                snapshot.Add(actor, live.Sequence, Encoding.Latin1.GetBytes(live.State));
        }
        await snapshot.Commit();
    }
}
