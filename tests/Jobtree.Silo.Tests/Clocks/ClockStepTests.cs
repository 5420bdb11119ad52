using System.Globalization;
using System.Net;
using System.Text.Json;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Servers;

namespace Jobtree.Silo.Tests.Clocks;

/// <summary>
/// A silo whose wall clock steps under it, or is wrong when it starts, by libfaketime; the monotonic clock goes on as
/// it is.
/// </summary>
public sealed class ClockStepTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("-5m", "behind")]
    [InlineData("+3d", "ahead of")]
    public async Task A_step_is_told_and_nobody_is_cut_or_charged_for_it(string step, string word)
    {
        Step("+0s");
        var (silo, address) = await Serve(["--data", folder.Of("data"), "--empty", "--drain", "0"],
            ("FAKETIME_TIMESTAMP_FILE", folder.Of("time")), ("FAKETIME_NO_CACHE", "1"));
        using var running = silo;
        using var client = new FleetClient(address);
        // The budget's window ends tomorrow: after the step ahead it would be over.
        var tomorrow = DateTimeOffset.UtcNow.AddDays(1).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var fleet = Fleets.Small.Replace("2100-01-01T00:00:00Z", tomorrow, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", fleet, "fleet"));
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run("before"), "before"));

        Step(step);
        using var patience = new CancellationTokenSource(Patience);
        while (await client.Status("/readyz") != HttpStatusCode.ServiceUnavailable)
            await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
        await Says(silo, $"{word} the ledger's time: it stepped", patience.Token);
        for (var run = 0; run < 3; run++)
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run($"after-{run}"), $"after-{run}"));
        await client.Until("/v1/runs?phase=Running", page => page.GetProperty("items").GetArrayLength() == 4);
        // The window has not closed: whoever was funded is funded.
        var unfunded = await client.Get("/v1/leases?class=unfunded");
        Assert.Equal(0, unfunded.GetProperty("items").GetArrayLength());

        Step("+0s");
        while (await client.Status("/readyz") != HttpStatusCode.OK)
            await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
        await Says(silo, "agrees with the ledger's time again", patience.Token);
        var leases = await client.Text("/v1/leases");
        Assert.DoesNotContain(
            DateTimeOffset.UtcNow.AddDays(3).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), leases,
            StringComparison.Ordinal);
        await client.Heads();
    }

    [Theory]
    [InlineData("+14600d", "ahead of", HttpStatusCode.ServiceUnavailable)]
    [InlineData("-5m", "behind", HttpStatusCode.OK)]
    public async Task A_start_with_a_wrong_clock_goes_on_from_the_ledgers_time(
        string step, string word, HttpStatusCode ready)
    {
        string[] options = ["--data", folder.Of("data"), "--empty", "--drain", "0"];
        using var patience = new CancellationTokenSource(3 * Patience);
        foreach (var (offset, run) in new[] { ("+0s", "before"), (step, "meanwhile"), ("+0s", "after") })
        {
            var (silo, address) = await Serve(options, ("FAKETIME", offset));
            using var running = silo;
            using var client = new FleetClient(address);
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run(run), run));
            Assert.Equal(run == "meanwhile" ? ready : HttpStatusCode.OK, await client.Status("/readyz"));
            if (run == "meanwhile")
                await Says(silo, $"{word} the ledger's time", patience.Token);
            else
                Assert.DoesNotContain("the ledger's time", silo.Said, StringComparison.Ordinal);
            await AreDatedNow(client);
            await silo.Kill();
        }
    }

    [RedisFact]
    public async Task A_silo_of_a_cluster_decides_by_the_clock_of_Redis()
    {
        await using var redis = await RedisServer.Begin();
        using var patience = new CancellationTokenSource(Patience);
        string[] options = ["--drain", "0", "--silo-port", "0", "--gateway-port", "0"];
        var (silo, address) = await Serve(
            options, ("FAKETIME", "+14600d"), ("JOBTREE_REDIS", redis.Endpoint));
        using var running = silo;
        using var client = new FleetClient(address);
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run("train"), "train"));
        await Says(silo, "ahead of the clock of Redis, by which the fleet decides", patience.Token);
        Assert.Equal(HttpStatusCode.OK, await client.Status("/readyz"));
        await AreDatedNow(client);
    }

    [RedisTheory]
    [InlineData("+3d")]
    [InlineData("-1h")]
    public async Task A_silo_with_a_wrong_clock_is_a_member_by_the_clock_of_Redis(string step)
    {
        await using var redis = await RedisServer.Begin();
        var (silo, _) = await Serve(["--drain", "0", "--silo-port", "0", "--gateway-port", "0"],
            ("FAKETIME", step), ("JOBTREE_REDIS", redis.Endpoint));
        using var running = silo;
        await using var client = await redis.Connect();
        // If it is killed now, others must see soon that it is dead, and until then that it is not.
        await Eventually.Holds(
            async () =>
            {
                var rows = await client.GetDatabase().HashGetAllAsync("jobtree/members/jobtree");
                var row = JsonDocument.Parse(rows.Single(row => row.Name != "Version").Value.ToString()).RootElement;
                string[] times = ["StartTime", "IAmAliveTime"];
                Assert.All(times, time => Assert.InRange(
                    row.GetProperty(time).GetDateTime().ToUniversalTime(), DateTime.UtcNow.AddMinutes(-5),
                    DateTime.UtcNow.AddSeconds(5)));
                return row.GetProperty("Status").ToString() is "3" or "Active";
            }, Patience, "the silo is active");
    }

    /// <summary>The entries of the ledger are of this hour, and each is later than the one before.</summary>
    private static async Task AreDatedNow(FleetClient client)
    {
        var text = await client.Text("/v1/ledger/H100?limit=100");
        var dates = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("at").GetDateTimeOffset()).ToArray();
        Assert.All(dates, at => Assert.InRange(at, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow));
        Assert.Equal(dates.Distinct().Order(), dates);
    }

    private static Task<(HostProcess Silo, Uri Address)> Serve(
        IEnumerable<string> options, params IEnumerable<(string, string)> settings)
    {
        if (FakeClock.Library is null)
            Assert.Skip("libfaketime is not installed: ./jobtree test does it");
        return HostProcess.ServeSilo(options, [.. FakeClock.Always, .. settings]);
    }

    /// <summary>Waits for a line of the log, which is written a moment after what it tells of.</summary>
    private static async Task Says(HostProcess silo, string text, CancellationToken patience)
    {
        while (!silo.Said.Contains(text, StringComparison.Ordinal))
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience);
    }

    private void Step(string offset)
    {
        // In one move, so that the silo reads the old or the new, never nothing.
        File.WriteAllText(folder.Of("next"), offset + "\n");
        File.Move(folder.Of("next"), folder.Of("time"), overwrite: true);
    }
}
