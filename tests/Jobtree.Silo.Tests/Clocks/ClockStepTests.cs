using System.Globalization;
using System.Net;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Clocks;

/// <summary>A silo whose wall clock steps under it, by libfaketime; the monotonic clock goes on as it is.</summary>
public sealed class ClockStepTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string? Library = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "../unpacked/usr/lib")) // What ./jobtree test has unpacked.
        .Concat(["/usr/lib", "/usr/lib64", "/usr/local/lib"])
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "libfaketimeMT.so.1", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = 2,
        }))
        .FirstOrDefault();

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("-5m", "behind")]
    [InlineData("+3d", "ahead of")]
    public async Task A_step_is_told_and_nobody_is_cut_or_charged_for_it(string step, string word)
    {
        if (Library is null)
            Assert.Skip("libfaketime is not installed: ./jobtree test does it");
        Step("+0s");
        var (silo, address) = await HostProcess.ServeSilo(
            ["--data", folder.Of("data"), "--empty", "--drain", "0"],
            ("LD_PRELOAD", Library), ("FAKETIME_TIMESTAMP_FILE", folder.Of("time")), ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"));
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
