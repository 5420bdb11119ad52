using System.Text;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Journals.Redis.Losses;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Servers;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

/// <summary>A Redis that comes back with less than it had acknowledged.</summary>
public sealed class RedisLossTests : IDisposable
{
    private static readonly string[] Always = ["--appendfsync", "always"];
    private static readonly string[] Nothing = ["--appendonly", "no"];

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [RedisFact]
    public async Task A_restart_without_persistence_stops_every_silo_until_an_operator_accepts_it()
    {
        await using var redis = await RedisServer.Begin(Nothing);
        var log = new RecordedLog<RedisJournals>();
        await using var one = await Open(redis, log);
        await using var other = await Open(redis);
        var (_, ledger) = await one.Activate(Flavor);
        var (_, run) = await other.Activate(Train);
        await ledger.Write(0, Entries(3));
        await run.Write(0, "1");
        await Restart(redis, () => Task.CompletedTask, one, other);

        await Until(() => one.LossBecause is not null && other.LossBecause is not null);
        Assert.Contains("flavor/H100 ends with record 0, and had 3", one.AwayBecause, StringComparison.Ordinal);
        Assert.Contains("kubectl-runs cluster accept-loss", one.AwayBecause, StringComparison.Ordinal);
        Assert.Contains(log.Lines, line => line.Level == LogLevel.Critical
            && line.Text.Contains("flavor/H100", StringComparison.Ordinal));
        await Refuses(one, other);
        Assert.True(ledger.IsBroken && run.IsBroken);
        // What there is can be read, and a silo that comes now takes nothing either.
        Assert.Equal(0, (await one.Read(Flavor, default)).Last);
        await using (var late = await RedisJournals.Open(Calm(redis), log, TimeProvider.System))
        {
            await Until(() => late.LossBecause is not null);
            await Refuses(late);
        }

        await Accept(other, ["H100"]);
        await GoesOn(one, other);
        Assert.False((await one.Losses.Accept("operator", default)).Succeeded(out _, out _));
        Assert.Equal(
            "entries 1 to 3 were lost by the store, and this was accepted; all nodes are cordoned, since they may hold "
            + "lost leases", Sentence(await one.Read(Flavor, default)));
    }

    [RedisTheory]
    [InlineData("EX")]
    [InlineData("flavor/H100")]
    public async Task What_was_cut_within_a_transaction_does_not_come_back_at_the_second_start(string cutBehind)
    {
        var place = folder.Of("redis");
        await using var redis = new RedisServer(place, Always);
        await redis.Start();
        await using var journals = await Open(redis);
        var (_, journal) = await journals.Activate(Flavor);
        var entries = Entries(6);
        await journal.Write(0, entries[..3]);
        var start = redis.Appended;
        await journal.Write(3, entries[3..]);
        await Restart(redis, () =>
        {
            redis.Truncate(start with { Length = LastOf(Path.Combine(place, "appendonlydir", start.File), cutBehind) });
            return Task.CompletedTask;
        }, journals);
        await Until(() => journals.LossBecause is not null);
        await Accept(journals, ["H100"]);
        await Until(() => journals.AwayBecause is null);
        var (kept, again) = await journals.Activate(Flavor);
        var next = new LedgerEntry { Sequence = kept.Last + 1, Previous = HashChain.Link(kept.Records[^1].Span),
            At = DateTimeOffset.UtcNow };
        await again.Write(kept.Last, Text(Written(next)));
        var before = (await journals.Read(Flavor, default)).Texts().ToArray();

        await Restart(redis, () => Task.CompletedTask, journals);
        await Until(() => journals.AwayBecause is null);
        Assert.Equal(before, (await journals.Read(Flavor, default)).Texts());
        Assert.DoesNotContain("CRITICAL", await File.ReadAllTextAsync(redis.LogFile), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task A_user_who_may_not_have_the_file_written_anew_is_told_once_and_goes_on()
    {
        await using var redis = await RedisServer.Begin(Always);
        await Do(redis, "ACL", "SETUSER", "silo", "on", ">pass", "~{jobtree:test}:*", "+@all", "-bgrewriteaof");
        var options = Calm(redis);
        (options.Configuration.User, options.Configuration.Password) = ("silo", "pass");
        await (await RedisJournals.Open(options, new RecordedLog<RedisJournals>(), TimeProvider.System)).DisposeAsync();
        await Do(redis, "HSET", "{jobtree:test}:store", "id", "of a former start", "server", "another one");
        var log = new RecordedLog<RedisJournals>();
        await using var journals = await Open(options, log);
        await (await journals.Activate(Train)).Journal.Write(0, "1");
        Assert.Single(log.Lines, line => line.Text.Contains("aof-load-truncated", StringComparison.Ordinal));
    }

    [RedisFact]
    public async Task A_flush_breaks_no_connection_and_is_found()
    {
        await using var redis = await RedisServer.Begin(Always);
        await using var one = await Open(redis);
        await using var other = await Open(redis);
        var (_, ledger) = await one.Activate(Flavor);
        await ledger.Write(0, Entries(2));
        await Do(redis, "FLUSHALL");
        await Until(() => one.LossBecause is not null && other.LossBecause is not null);
        await Refuses(one, other);
        await Accept(one, ["H100"]);
        await GoesOn(one, other);
    }

    [RedisTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tail_that_was_cut_off_is_found_by_whoever_remembers_it(bool isFlavor)
    {
        var actor = isFlavor ? Flavor : Train;
        var place = folder.Of("redis");
        await using var redis = new RedisServer(place, Always);
        await redis.Start();
        await using var journals = await Open(redis);
        var (_, journal) = await journals.Activate(actor);
        var entries = Entries(6);
        await journal.Write(0, entries[..5]);
        var file = Directory.EnumerateFiles(Path.Combine(place, "appendonlydir"), "*.incr.aof").Single();
        var length = new FileInfo(file).Length;
        await journal.Write(5, entries[5]);
        await Restart(redis, () =>
        {
            using var opened = File.OpenWrite(file);
            opened.SetLength(length);
            return Task.CompletedTask;
        }, journals);

        await Until(() => journals.LossBecause is not null);
        await Refuses(journals);
        Assert.Equal(5, (await journals.Read(actor, default)).Last);
        var loss = (await journals.Losses.Look(default))!;
        Assert.True(loss.IsExact);
        Assert.Equal(isFlavor ? new ShortJournal(5, 6, HashChain.Link(Bytes(entries[5]))) : null,
            loss.Journals.GetValueOrDefault(actor.ToString()));
        await Accept(journals, isFlavor ? ["H100"] : []);
        await GoesOn(journals);
    }

    [RedisTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Flavors_of_a_silo_that_cannot_be_asked_any_more_may_have_lost_entries_too(bool isGone)
    {
        var place = folder.Of("redis");
        await using var redis = new RedisServer(place, Always);
        await redis.Start();
        await using var journals = await Open(redis);
        await using var other = await Open(redis);
        var (_, ledger) = await journals.Activate(Flavor);
        await (await other.Activate(new ActorKey(ActorKind.Flavor, "A100"))).Journal.Write(0, Entries(1));
        await ledger.Write(0, Entries(1));
        await Until(() => journals.Losses.Flavors.Count == 2);
        var file = Directory.EnumerateFiles(Path.Combine(place, "appendonlydir"), "*.incr.aof").Single();
        var length = new FileInfo(file).Length;
        await ledger.Write(1, Entries(2)[1]);
        if (isGone)
            await other.DisposeAsync();
        await Restart(redis, () =>
        {
            using var opened = File.OpenWrite(file);
            opened.SetLength(length);
            return Task.CompletedTask;
        }, isGone ? [journals] : [journals, other]);
        await Until(() => journals.LossBecause is not null && (isGone || other.LossBecause is not null));
        Assert.Equal(!isGone, (await journals.Losses.Look(default))!.IsExact);
        await Accept(journals, isGone ? ["A100", "H100"] : ["H100"]);
        await GoesOn(journals);
    }

    [RedisTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_older_dump_is_found_by_silos_that_start_anew(bool stopsInOrder)
    {
        var place = folder.Of("redis");
        await using var redis = new RedisServer(place, "--appendonly", "no", "--dbfilename", "dump.rdb");
        await redis.Start();
        var options = Calm(redis) with { StateFolder = folder.Of("state") };
        await using (var journals = await Open(options))
        {
            var (_, journal) = await journals.Activate(Flavor);
            var entries = Entries(4);
            await journal.Write(0, entries[..2]);
            await Do(redis, "SAVE");
            await journal.Write(2, entries[2..]);
            if (!stopsInOrder)
                await Until(() => Directory.EnumerateFiles(folder.Of("state"), "*.json").Any(file => Remembered(file)
                    .Contains("\"sequence\":4", StringComparison.Ordinal)));
            else
                await journals.DisposeAsync();
            // What a silo that is killed leaves behind is what was in its file.
            Copy(folder.Of("state"), folder.Of("left"));
        }
        await redis.Kill();
        await redis.Start();
        await using (var stranger = await RedisJournals.Open(
            Calm(redis), new RecordedLog<RedisJournals>(), TimeProvider.System))
            await Until(() => stranger.AwayBecause is null);

        await using var again = await RedisJournals.Open(
            options with { StateFolder = folder.Of("left") }, new RecordedLog<RedisJournals>(), TimeProvider.System);
        await Until(() => again.LossBecause is not null);
        await Refuses(again);
        var loss = (await again.Losses.Look(default))!;
        Assert.Equal(stopsInOrder, loss.IsExact);
        Assert.Equal((2, 4), (loss.Journals["flavor/H100"].From, loss.Journals["flavor/H100"].To));
        await Accept(again, ["H100"]);
        await GoesOn(again);
    }

    [RedisFact]
    public async Task What_was_accepted_stays_accepted_for_a_silo_that_was_away()
    {
        await using var redis = await RedisServer.Begin(Nothing);
        var options = Calm(redis) with { StateFolder = folder.Of("state") };
        await using (var journals = await Open(options))
        {
            var (_, journal) = await journals.Activate(Flavor);
            await journal.Write(0, Entries(2));
        }
        Copy(folder.Of("state"), folder.Of("other"));
        await redis.Kill();
        await redis.Start();
        await using (var journals = await RedisJournals.Open(
            options, new RecordedLog<RedisJournals>(), TimeProvider.System))
        {
            await Until(() => journals.LossBecause is not null);
            await Accept(journals, ["H100"]);
            await GoesOn(journals);
        }
        await using var late = await Open(options with { StateFolder = folder.Of("other") });
        Assert.Null(late.LossBecause);
    }

    [RedisFact]
    public async Task Data_that_is_restored_whole_ends_the_loss_by_itself()
    {
        var place = folder.Of("redis");
        await using var redis = new RedisServer(place, Always);
        await redis.Start();
        await using var journals = await Open(redis);
        var (_, journal) = await journals.Activate(Flavor);
        await journal.Write(0, Entries(3));
        await Restart(redis, () =>
        {
            Directory.Move(Path.Combine(place, "appendonlydir"), folder.Of("whole"));
            return Task.CompletedTask;
        }, journals);
        await Until(() => journals.LossBecause is not null);
        await Restart(redis, () =>
        {
            Directory.Delete(Path.Combine(place, "appendonlydir"), recursive: true);
            Directory.Move(folder.Of("whole"), Path.Combine(place, "appendonlydir"));
            return Task.CompletedTask;
        }, journals);
        await Until(() => journals.AwayBecause is null);
        var (kept, again) = await journals.Activate(Flavor);
        Assert.Equal(3, kept.Last);
        await again.Write(3, Entries(4)[3]);
    }

    [RedisFact]
    public async Task A_ledger_that_somebody_removed_is_found_when_it_is_read()
    {
        await using var redis = await RedisServer.Begin(Always);
        await using var journals = await Open(redis);
        var (_, journal) = await journals.Activate(Flavor);
        await journal.Write(0, Entries(2));
        await Do(redis, "DEL", "{jobtree:test}:j:flavor/H100");
        await Assert.ThrowsAsync<IOException>(async () => await journals.Read(Flavor, default));
        await Until(() => journals.LossBecause is not null);
        await Refuses(journals);
    }

    [RedisFact]
    public async Task Silos_share_a_folder_and_their_files_are_their_own()
    {
        await using var redis = await RedisServer.Begin(Always);
        var options = Calm(redis) with { StateFolder = folder.Of("state") };
        await using (var one = await Open(options))
        await using (var other = await Open(options))
        {
            await (await one.Activate(Flavor)).Journal.Write(0, Entries(1));
            await (await other.Activate(Train)).Journal.Write(0, "1");
        }
        var files = Directory.GetFiles(folder.Of("state"), "*.json");
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.True(OperatingSystem.IsWindows()
            || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite)));
        File.WriteAllText(files[0], "{");
        var damaged = await Assert.ThrowsAsync<IOException>(() => Open(options));
        Assert.Contains(files[0], damaged.Message, StringComparison.Ordinal);
    }

    private static string Remembered(string file) => File.ReadAllText(file);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*.json"))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    /// <summary>Entries of a ledger as a flavor writes them.</summary>
    private static string[] Entries(int count)
    {
        var (entries, link) = (new string[count], HashChain.Root);
        for (var number = 1; number <= count; number++)
        {
            var entry = Written(new LedgerEntry { Sequence = number, Previous = link,
                At = DateTimeOffset.UnixEpoch.AddSeconds(number) });
            link = HashChain.Link(entry);
            entries[number - 1] = Text(entry);
        }
        return entries;
    }

    private static byte[] Written(LedgerEntry entry)
    {
        var writer = new RecordWriter(new byte[256]);
        try
        {
            LedgerFormat.Write(ref writer, entry);
            return writer.Written.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <summary>Where the last occurrence of a text in a file ends.</summary>
    private static long LastOf(string file, string text) =>
        Encoding.Latin1.GetString(File.ReadAllBytes(file)).LastIndexOf(text, StringComparison.Ordinal) + text.Length;

    private static string Sentence(RecoveredState kept) =>
        EntrySentences.Of(LedgerFormat.Read(kept.Records[0].Span, null))[0];

    private static async Task Do(RedisServer redis, string command, params object[] arguments)
    {
        await using var client = await redis.Connect();
        await client.GetDatabase().ExecuteAsync(command, arguments);
    }

    private static async Task Restart(RedisServer redis, Func<Task> meanwhile, params RedisJournals[] silos)
    {
        await redis.Kill();
        foreach (var silo in silos)
            await Until(() => silo.AwayBecause is not null);
        await meanwhile();
        await redis.Start();
        foreach (var silo in silos)
            await Eventually.Holds(() => CanRead(silo), Patience, "the reading connection is there again");
    }

    private static async Task<bool> CanRead(RedisJournals silo)
    {
        try
        {
            await silo.Read(Run("default/any"), default);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task Refuses(params RedisJournals[] silos)
    {
        foreach (var silo in silos)
        {
            await Until(() => silo.AwayBecause is not null);
            var journal = silo.Open(Run("default/new"), RecoveredState.Nothing);
            Assert.Throws<JournalAwayException>(() => { _ = journal.Append(1, Bytes("1")); });
            await Assert.ThrowsAsync<IOException>(
                async () => await silo.Forget([new ActorPosition(Train, 1)], default));
        }
    }

    private static async Task Accept(RedisJournals silo, IReadOnlyList<string> flavors)
    {
        var result = await silo.Losses.Accept("operator", default);
        Assert.True(result.Succeeded(out var accepted, out var problem), problem?.Detail);
        Assert.Equal(flavors, accepted.Flavors);
    }

    private static async Task GoesOn(params RedisJournals[] silos)
    {
        foreach (var silo in silos)
        {
            await Until(() => silo.AwayBecause is null);
            var (kept, journal) = await silo.Activate(Run("default/after"));
            await journal.Write(kept.Last, "1");
        }
    }
}
