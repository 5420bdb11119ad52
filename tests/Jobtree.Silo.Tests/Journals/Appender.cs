using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

/// <summary>
/// Appends one record after the other, several ahead of their answers, and remembers those that were taken, all of
/// which must be kept in the end.
/// </summary>
internal sealed class Appender(IActorJournals journals, ActorKey key)
{
    private const int AheadMax = 8;

    public ActorKey Key => key;

    public IActorJournal Journal { get; } = journals.Open(key, RecoveredState.Nothing);

    public List<string> Kept { get; } = [];

    public async Task Work(CancellationToken enough)
    {
        var ahead = new Queue<(string Text, Task Kept)>();
        for (var next = 1L; !enough.IsCancellationRequested;)
        {
            try
            {
                var text = $"{key} {next}";
                ahead.Enqueue((text, Journal.Append(next, Bytes(text))));
                next++;
            }
            catch (JournalAwayException)
            {
                // Not taken: the same number is tried again.
                await Task.Delay(1, CancellationToken.None);
            }
            if (ahead.Count == AheadMax)
                await Settle(ahead);
        }
        while (ahead.Count > 0)
            await Settle(ahead);
    }

    private async Task Settle(Queue<(string Text, Task Kept)> ahead)
    {
        var (text, kept) = ahead.Dequeue();
        await kept.WaitAsync(Patience);
        Kept.Add(text);
    }
}
