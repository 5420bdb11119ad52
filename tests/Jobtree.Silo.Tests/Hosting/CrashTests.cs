using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Journal;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>Kills a real host again and again while clients use it, and holds it to every answer it gave.</summary>
public sealed class CrashTests
{
    private const int Kills = 6;
    private const int Clients = 4;
    private const int Seed = 20_261_120;

    private static readonly TimeSpan ListingPatience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Acknowledged> runs = [];
    private readonly List<(long Records, string Head)> heads = [];
    private int acknowledged;
    private int repeated;

    [Fact]
    public async Task What_was_acknowledged_survives_every_kill_and_nothing_is_admitted_twice()
    {
        using var folder = new TestFolder();
        var data = folder.Of("data");
        var random = new Random(Seed);
        for (var life = 0; life < Kills; life++)
        {
            // Every third host writes snapshots nearly all the time, so that many of the kills hit one.
            var (host, address) = await HostProcess.Serve(
                data, "--empty", "--snapshot-every", life % 3 == 0 ? "40" : "100000");
            using (host)
            {
                using (var client = new FleetClient(address))
                {
                    await Begin(client, life);
                    await Check(client);
                }
                acknowledged = 0;
                var killAt = random.Next(1, 120);
                await Task.WhenAll(Enumerable.Range(0, Clients)
                    .Select(index => Use(host, address, $"l{life}-c{index}", random.Next(), killAt)));
                await host.Kill();
            }
            var report = FolderAudit.Run(data);
            Assert.Empty(report.Violations);
            heads.Add((report.Records, report.Heads.GetValueOrDefault(Documents.Flavor, "")));
        }

        var (last, at) = await HostProcess.Serve(data);
        using (last)
        {
            using (var client = new FleetClient(at))
            {
                await Repeat(client);
                await Check(client);
            }
            Assert.Equal(0, await last.Stop());
        }
        Assert.Empty(FolderAudit.Run(data).Violations);
        CheckChain(data);
        // The clients were busy enough for the kills to mean something.
        Assert.True(runs.Count > 10 * Kills / 2 && repeated > Kills / 2,
            $"{runs.Count} runs, {repeated} commands in flight at a kill.");
    }

    private async Task Begin(FleetClient client, int life)
    {
        if (life == 0)
            Assert.Equal(
                HttpStatusCode.OK, (await client.Command("/v1/manifests", Documents.Fleet(), "fleet")).Status);
        await Repeat(client);
    }

    private async Task Repeat(FleetClient client)
    {
        foreach (var run in runs.Values.Where(run => run.InFlight is not null))
        {
            repeated++;
            await run.Repeat(client);
        }
    }

    private async Task Check(FleetClient client)
    {
        // The listing may be a moment behind the runs, and the history about a second.
        var began = Stopwatch.GetTimestamp();
        IReadOnlyList<string> wrong;
        while ((wrong = [.. Wrong(await client.AllRuns()), .. WrongOfHistory(await client.AllEnded())]).Count > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < ListingPatience, string.Join("; ", wrong));
            await Task.Delay(10);
        }
        await NoteHead(client);
    }

    /// <summary>Where a list differs from what was acknowledged.</summary>
    private IEnumerable<string> Wrong(IReadOnlyList<JsonElement> list)
    {
        var listed = list.ToLookup(run => run.GetProperty("metadata").GetProperty("name").GetString()!);
        foreach (var same in listed.Where(same => !runs.ContainsKey(same.Key) || same.Count() > 1))
            yield return $"{same.Key} is listed {same.Count()} times";
        foreach (var run in runs.Values.Where(run => run.IsSubmitted))
        {
            if (listed[run.Name].FirstOrDefault() is not { ValueKind: JsonValueKind.Object } shown)
                yield return $"{run.Name} is not listed";
            else if (shown.GetProperty("spec").GetProperty("resources").GetProperty("totalGPUs").GetInt32() != run.Gpus)
                yield return $"{run.Name} has another width";
            else if (run.Ended is { } ended && PhaseOf(shown) != ended)
                yield return $"{run.Name} ended as {ended} and is {PhaseOf(shown)}";
        }
    }

    /// <summary>Where the history differs from what was acknowledged.</summary>
    private IEnumerable<string> WrongOfHistory(IReadOnlyList<JsonElement> history)
    {
        var ended = history.ToLookup(run => run.GetProperty("metadata").GetProperty("name").GetString()!);
        foreach (var same in ended.Where(same => !runs.ContainsKey(same.Key) || same.Count() > 1))
            yield return $"{same.Key} is in the history {same.Count()} times";
        foreach (var run in runs.Values.Where(run => run.Ended is not null))
        {
            if (!ended[run.Name].Any(shown => PhaseOf(shown) == run.Ended))
                yield return $"{run.Name} ended as {run.Ended} and is not so in the history";
        }
    }

    private static string? PhaseOf(JsonElement run) =>
        run.GetProperty("status").GetProperty("phase").GetString();

    private async Task NoteHead(FleetClient client)
    {
        var audit = await client.Get("/v1/audit");
        Assert.Equal(0, audit.GetProperty("violations").GetArrayLength());
        var head = audit.GetProperty("heads").GetProperty(Documents.Flavor).GetString()!;
        lock (heads)
            heads.Add((audit.GetProperty("records").GetInt64(), head));
    }

    private async Task Use(HostProcess host, Uri address, string prefix, int seed, int killAt)
    {
        var random = new Random(seed);
        using var client = new FleetClient(address);
        var mine = new List<Acknowledged>();
        try
        {
            for (var next = 0; ; next++)
            {
                var step = random.Next(10);
                if (step < 6 || mine.Count == 0)
                {
                    var run = new Acknowledged(
                        $"{prefix}-{next}", random.Next(1, 17), random.Next(3) == 0 ? "org:guest" : "org:ai");
                    lock (runs)
                        runs.Add(run.Name, run);
                    mine.Add(run);
                    await run.Submit(client);
                }
                else if (step == 9)
                {
                    await NoteHead(client);
                }
                else
                {
                    var run = mine[random.Next(mine.Count)];
                    mine.Remove(run);
                    await (step == 8 ? run.Cancel(client) : run.Complete(client, 1));
                }
                if (Interlocked.Increment(ref acknowledged) == killAt)
                    await host.Kill();
            }
        }
        catch (HttpRequestException)
        {
            // The host is gone, perhaps with a request in flight; the next one is asked about that.
        }
    }

    /// <summary>Every head that anybody was ever told is in the chain as it is now.</summary>
    private void CheckChain(string data)
    {
        var links = new Links();
        JournalScan.Read(Path.Combine(data, "journal"), links);
        Assert.All(heads.Where(head => head.Records > 0), head =>
            Assert.Equal(head.Head, links.Heads[(int)head.Records - 1]));
    }

    private sealed class Links : IJournalReader
    {
        public List<string> Heads { get; } = [];

        public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
        {
        }

        public void Forget(JournalActor actor, long sequence)
        {
        }

        public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at)
        {
            if (ActorKey.Parse(actor.Key).Kind == ActorKind.Flavor)
                Heads.Add(HashChain.ToHex(HashChain.Link(payload)));
        }
    }
}
