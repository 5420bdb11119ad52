using FsCheck;
using FsCheck.Fluent;
using Jobtree.Actors.Ports;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Servers;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

public sealed class RedisModelTests
{
    private const int CasesMax = 60;

    [RedisFact]
    public async Task Whatever_activations_do_the_store_holds_what_a_list_would()
    {
        await using var redis = await RedisServer.Begin();
        var cases = 0;
        // FsCheck's properties are synchronous; there is no context that the wait could block.
        Prop.ForAll(ArbMap.Default.ArbFor<ushort[]>(), steps => Play(redis, steps, ++cases).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(CasesMax).WithEndSize(150));
    }

    private static async Task Play(RedisServer redis, ushort[] steps, int number)
    {
        // Some keep every snapshot whole, some have snapshots of both forms, some nearly every one in chunks.
        var options = Calm(redis) with { Service = $"case-{Text(number)}", PageRecords = 3, BatchRecordsMax = 4,
            FlavorRecordsKept = 2, SnapshotChunkBytes = (number % 3) switch { 0 => 1 << 20, 1 => 34, _ => 16 } };
        await using var here = await Open(options);
        await using var there = await Open(options);
        ModelActor[] actors = [new(Train), new(Flavor), new(new ActorKey(ActorKind.Envelope, "b/e"))];
        foreach (var step in steps)
        {
            var (actor, store, detail) = (actors[step % 3], step / 3 % 2 == 0 ? here : there, step / 60);
            var done = (step / 6 % 10) switch
            {
                0 or 1 => actor.Activate(store),
                2 or 3 => actor.Save(detail),
                4 => actor.Append(detail, 1 + detail % 3, tells: true),
                _ => actor.Append(detail, 1 + detail % 7, tells: false),
            };
            await done;
        }
        foreach (var actor in actors)
            await actor.Compare(there);
    }
}
