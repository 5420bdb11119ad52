using System.Runtime.CompilerServices;
using System.Globalization;
using System.Text;
using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Journals.Redis;

namespace Jobtree.Silo.Tests.Journals;

/// <summary>What the tests of the stores share.</summary>
internal static class Stores
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static ActorKey Train { get; } = Run("default/train");

    public static ActorKey Flavor { get; } = new(ActorKind.Flavor, "H100");

    public static ActorKey Team { get; } = new(ActorKind.Envelope, "ai/H100");

    public static ActorKey Run(string name) => new(ActorKind.Run, name);

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    public static IEnumerable<string> Texts(this RecoveredState kept) => kept.Records.Select(Text);

    /// <summary>Patient enough for a machine that does much else at once.</summary>
    public static RedisJournalOptions Calm(RedisServer redis) => new()
    {
        Configuration = redis.Configuration,
        Service = "test",
        ReplyTimeout = TimeSpan.FromSeconds(20),
        BulkTimeout = TimeSpan.FromSeconds(30),
        ProbeEvery = TimeSpan.FromMilliseconds(50),
    };

    /// <summary>Opens the journals and waits until Redis takes records.</summary>
    public static async Task<RedisJournals> Open(RedisJournalOptions options, RecordedLog<RedisJournals>? log = null)
    {
        var journals = await RedisJournals.Open(options, log ?? new RecordedLog<RedisJournals>(), TimeProvider.System);
        await Until(() => journals.AwayBecause is null);
        return journals;
    }

    public static Task<RedisJournals> Open(RedisServer redis, RecordedLog<RedisJournals>? log = null) =>
        Open(Calm(redis), log);

    public static Task Until(
        Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        Eventually.Holds(holds, Patience, what);

    /// <summary>Opens an actor as an activation does.</summary>
    public static async Task<(RecoveredState Kept, IActorJournal Journal)> Activate(
        this IActorJournals journals, ActorKey actor)
    {
        var kept = await journals.Read(actor, CancellationToken.None);
        return (kept, journals.Open(actor, kept));
    }

    /// <summary>Appends texts behind what is kept, and waits until they are.</summary>
    public static async Task Write(this IActorJournal journal, long after, params string[] texts)
    {
        var kept = new List<Task>();
        foreach (var text in texts)
            kept.Add(journal.Append(++after, Bytes(text)));
        await Task.WhenAll(kept);
    }
}
