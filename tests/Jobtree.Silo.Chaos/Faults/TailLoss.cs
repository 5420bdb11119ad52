using System.Globalization;
using System.Net;
using System.Text.Json;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Load;
using Jobtree.Silo.Chaos.Processes;
using StackExchange.Redis;

namespace Jobtree.Silo.Chaos.Faults;

/// <summary>
/// Kills Redis and has it come back without the last that it had acknowledged. The fleet must take nothing until an
/// operator has looked; then this does what an operator does. What was lost is known exactly: another Redis reads the
/// file as it was before it was cut, and after. It is done to a cluster that is well, under load: what the tail then
/// holds is records of runs and flavors, and nothing of budgets, nodes or members.
/// </summary>
internal sealed class TailLoss(ChaosCluster cluster, ApiClients api, RunBook book, ClusterCheck check,
    Findings findings, int seed, TextWriter log)
{
    private const int BytesMax = 64 << 10;
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LatchPatience = TimeSpan.FromSeconds(60);

    private readonly Random random = new(seed);

    /// <summary>How many runs lost records, all of them or some.</summary>
    public int RunsLost { get; private set; }

    /// <summary>How many losses there were.</summary>
    public int Losses { get; private set; }

    /// <summary>Does it once, under load.</summary>
    /// <param name="cancellation">Ends the test.</param>
    public async Task Strike(CancellationToken cancellation)
    {
        await Task.Delay(Look, cancellation); // Budgets and nodes were given back a moment ago.
        var calm = cluster.Redis.Appended;
        await Task.Delay(Before, cancellation);
        await cluster.Redis.Kill();
        var end = cluster.Redis.Appended;
        var cut = end with { Length = Math.Max(end.File == calm.File ? calm.Length : 0,
            end.Length - 1 - random.Next(BytesMax)) };
        IReadOnlyDictionary<ActorKey, long> whole, left;
        await using (var aside = new RedisServer(Path.Combine(cluster.Folder, "redis-aside")))
        {
            aside.TakeOver(cluster.Redis);
            cluster.Redis.Truncate(cut);
            await cluster.Redis.Start();
            whole = await Lengths(aside);
            await aside.Kill();
            aside.Truncate(cut);
            left = await Lengths(aside);
            await aside.Kill();
            aside.Forget();
        }
        var shorter = whole.Where(journal => left.GetValueOrDefault(journal.Key) < journal.Value)
            .Select(journal => journal.Key).ToHashSet();
        await log.WriteLineAsync($"{DateTime.UtcNow:HH:mm:ss.fff} {FaultKind.LoseTail} of {end.Length - cut.Length} "
            + $"bytes, with records of {shorter.Count} journals");
        if (shorter.Count == 0)
            return; // Only what silos say of themselves was cut off.
        Losses++;
        foreach (var silo in cluster.Silos)
        {
            if (!await Patience.Within(LatchPatience, () => IsLatched(silo, cancellation)))
                findings.Add($"Redis lost records of {shorter.Count} journals, and {LatchPatience.TotalSeconds:0} s "
                    + $"later silo {silo.Index} did not say so.");
        }
        // A short tail is of one silo only, and the others may have gone on until that one had found the loss.
        IReadOnlyDictionary<ActorKey, long> latched;
        await using (var store = await cluster.Store())
            latched = await store.Lengths();
        await NothingIsTaken(latched, cancellation);
        await check.Restart();
        var lost = shorter.Where(actor => actor.Kind == ActorKind.Run)
            .Select(actor => book.Find(RunKey.Parse(actor.Name))).OfType<SubmittedRun>().ToArray();
        foreach (var run in lost)
            book.Lose(run, check.Journals.Find(run.Key));
        RunsLost += lost.Length;
        await Accept(shorter, left, cancellation);
    }

    private static ActorKey Journal(string flavor) => new(ActorKind.Flavor, flavor);

    private static async Task<IReadOnlyDictionary<ActorKey, long>> Lengths(RedisServer redis)
    {
        await redis.Start();
        await using var store = await ChaosCluster.Store(redis);
        return await store.Lengths();
    }

    private async Task<bool> IsLatched(SiloProcess silo, CancellationToken cancellation) =>
        await api.Ask(silo, "/readyz", cancellation) is { Status: HttpStatusCode.ServiceUnavailable, Body: var body }
        && body.Contains("Redis has lost records", StringComparison.Ordinal);

    /// <summary>Whatever clients send, each silo refuses a new run, and no journal gets a record.</summary>
    private async Task NothingIsTaken(IReadOnlyDictionary<ActorKey, long> latched, CancellationToken cancellation)
    {
        await Task.Delay(Look, cancellation);
        foreach (var silo in cluster.Silos)
        {
            var body = $$"""
                {"apiVersion": "jobtree.dev/v1", "kind": "Run", "metadata": {"name": "never-{{silo.Index}}"},
                "spec": {"owner": "{{ChaosFleet.Guest}}", "resources": {"gpuType": "H100", "totalGPUs": 1} } }
                """;
            if (await api.Try(silo, "/v1/runs", body, $"never-{Guid.CreateVersion7():N}", cancellation)
                is { } answer && (answer.Status != HttpStatusCode.ServiceUnavailable
                    || !answer.Body.Contains("accept-loss", StringComparison.Ordinal)))
                findings.Add($"Redis had lost records, and silo {silo.Index} answered a submission with "
                    + $"{(int)answer.Status} {answer.Body}");
        }
        await using var store = await cluster.Store();
        foreach (var (journal, length) in await store.Lengths())
        {
            if (length != latched.GetValueOrDefault(journal))
                findings.Add($"Redis had lost records, and {journal} went on from record "
                    + $"{latched.GetValueOrDefault(journal)} to {length} before the loss was accepted.");
        }
    }

    private async Task Accept(
        HashSet<ActorKey> shorter, IReadOnlyDictionary<ActorKey, long> left, CancellationToken cancellation)
    {
        var accepted = await api.Command("/v1/cluster/accept-loss", "{}", $"accept-{Losses}", cancellation);
        if (!accepted.IsSuccess)
        {
            findings.Add($"The loss could not be accepted: {accepted}");
            return;
        }
        using var said = JsonDocument.Parse(accepted.Body);
        string[] flavors = [.. said.RootElement.GetProperty("flavors").EnumerateArray().Select(
            flavor => flavor.GetString()!)];
        // All silos run, so each knows what it wrote: no flavor is doubted that lost nothing.
        var expected = ChaosFleet.AllFlavors.Where(flavor => shorter.Contains(Journal(flavor)));
        if (!flavors.Order(StringComparer.Ordinal).SequenceEqual(expected.Order(StringComparer.Ordinal)))
            findings.Add($"Entries of {string.Join(", ", expected)} were lost, and the flavors that say so are "
                + $"{string.Join(", ", flavors)}.");
        await Task.Delay(Look, cancellation);
        await NothingStarts(flavors, left, cancellation);
        var settled = await api.Command("/v1/cluster/settle-loss", "{}", $"settle-{Losses}", cancellation);
        if (!settled.IsSuccess)
            findings.Add($"The loss could not be settled: {settled}");
    }

    /// <summary>Nothing starts on nodes that may hold lost leases.</summary>
    private async Task NothingStarts(
        IReadOnlyList<string> flavors, IReadOnlyDictionary<ActorKey, long> left, CancellationToken cancellation)
    {
        try
        {
            await using var store = await cluster.Store();
            foreach (var flavor in flavors)
            {
                await foreach (var entry in store.Ledger(flavor, left.GetValueOrDefault(Journal(flavor)) + 1)
                    .WithCancellation(cancellation))
                {
                    if (LedgerFormat.Read(entry.Payload.Span, null).Open is not null)
                        findings.Add(string.Create(CultureInfo.InvariantCulture,
                            $"{flavor}, entry {entry.Sequence}: work started before its nodes were vouched for."));
                }
            }
        }
        catch (RedisException away)
        {
            findings.Add($"Redis, which was left alone, did not answer: {away.Message}");
        }
    }
}
