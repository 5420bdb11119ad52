using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;

namespace Jobtree.Grains.Tests.Hosting;

/// <summary>Notes what a fleet tells its hosts.</summary>
internal sealed class RecordingObserver : IFleetObserver
{
    private readonly Lock gate = new();
    private readonly List<string> told = [];

    /// <summary>What was told so far, in order.</summary>
    public IReadOnlyList<string> Told
    {
        get
        {
            lock (gate)
                return [.. told];
        }
    }

    /// <summary>The times that were told with it.</summary>
    public List<TimeSpan> Times { get; } = [];

    /// <summary>What was told since the last call that begins with one of these words, in order of text.</summary>
    public IReadOnlyList<string> Take(params string[] words)
    {
        lock (gate)
        {
            string[] some = [.. told.Where(line => words.Any(
                word => line.StartsWith(word, StringComparison.Ordinal))).Order(StringComparer.Ordinal)];
            told.Clear();
            return some;
        }
    }

    public void Submitted(string flavor, string result, TimeSpan elapsed) =>
        Note($"submitted {flavor} {result}", elapsed);

    public void Decided(string flavor, bool? isFundable, TimeSpan elapsed) =>
        Note($"decided {flavor} {isFundable?.ToString() ?? "refused"}", elapsed);

    public void StartedFromQueue(string flavor, TimeSpan elapsed) => Note($"started {flavor}", elapsed);

    public void StartedFirst(string flavor, TimeSpan waited) => Note($"waited {flavor} {waited}", waited);

    public void Cut(string flavor) => Note($"cut {flavor}", TimeSpan.Zero);

    public void Ended(RunRecord run) => Note($"ended {run.Key}", TimeSpan.Zero);

    private void Note(string line, TimeSpan time)
    {
        lock (gate)
        {
            told.Add(line);
            Times.Add(time);
        }
    }
}
