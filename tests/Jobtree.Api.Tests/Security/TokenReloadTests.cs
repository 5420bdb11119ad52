using Jobtree.Api.Access;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Security;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class TokenReloadTests : IDisposable
{
    private const string Failed =
        "jobtree_errors_total{component=\"tokens\",error_type=\"token-file\",severity=\"error\"} ";
    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-tokens-").FullName;

    private string File => Path.Combine(folder, "tokens.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_token_that_is_added_or_taken_away_counts_without_a_restart()
    {
        var first = TokenFile.Create(File, "first", Role.Operator, ["*"]);
        await using var host = await Serve();
        var second = TokenFile.Create(File, "second", Role.Viewer, ["*"]);
        await Eventually.Holds(async () => (await host.Get("/v1/runs", second)).Status == 200);
        (await host.Get("/v1/runs", first)).IsOk();

        System.IO.File.Delete(File);
        var third = TokenFile.Create(File, "third", Role.Viewer, ["*"]);
        await Eventually.Holds(async () => (await host.Get("/v1/runs", third)).Status == 200);
        (await host.Get("/v1/runs", first)).IsProblem(401, "unauthenticated");
        (await host.Get("/v1/runs", second)).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_leaves_the_tokens_as_they_were_and_is_told_once()
    {
        var token = TokenFile.Create(File, "first", Role.Operator, ["*"]);
        await using var host = await Serve();
        var whole = await System.IO.File.ReadAllTextAsync(File);

        await Replace("tokens: [half");
        await Eventually.Holds(async () => await Failures(host, token) == 1);
        (await host.Get("/v1/runs", token)).IsOk();

        System.IO.File.Delete(File);
        await Eventually.Holds(async () => await Failures(host, token) == 2);

        // Readable by all: whoever wrote it so is told, and what is in it does not count.
        await Replace("tokens: []", UnixFileMode.OtherRead);
        await Eventually.Holds(async () => await Failures(host, token) == 3);
        (await host.Get("/v1/runs", token)).IsOk();

        await Replace(whole);
        var added = TokenFile.Create(File, "added", Role.Viewer, ["*"]);
        await Eventually.Holds(async () => (await host.Get("/v1/runs", added)).Status == 200);
        (await host.Get("/v1/runs", token)).IsOk();
        Assert.Equal(3, await Failures(host, token));
        var page = (await host.Get("/metrics", token)).IsOk().Text;
        Assert.Contains("jobtree_retries_total{component=\"tokens\",reason=\"token-file\"} ", page,
            StringComparison.Ordinal);
        Assert.Contains("jobtree_last_success_timestamp_seconds{loop=\"tokens\"} ", page, StringComparison.Ordinal);
        Assert.Contains("jobtree_reconcile_duration_seconds_count{loop=\"tokens\"} ", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_ends_when_its_token_is_taken_away_and_only_then()
    {
        var goes = TokenFile.Create(File, "goes", Role.Viewer, ["*"]);
        await using var host = await Serve();
        using var watch = await EventReader.Open(host, "/v1/runs?watch=true", token: goes);
        Assert.NotNull(await watch.Next());

        var added = TokenFile.Create(File, "added", Role.Viewer, ["*"]);
        await Eventually.Holds(async () => (await host.Get("/v1/runs", added)).Status == 200);
        Assert.NotNull(await watch.Next());

        System.IO.File.Delete(File);
        TokenFile.Create(File, "stays", Role.Viewer, ["*"]);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await watch.Next() is not null)
            {
            }
        });
        (await host.Get("/v1/runs", goes)).IsProblem(401, "unauthenticated");
    }

    // As secrets are replaced: whole or not at all.
    private async Task Replace(string text, UnixFileMode more = UnixFileMode.None)
    {
        var next = Path.Combine(folder, "next");
        await System.IO.File.WriteAllTextAsync(next, text);
        System.IO.File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        System.IO.File.Move(next, File, overwrite: true);
    }

    private Task<ApiHost> Serve() => ApiHost.Start(options => options with
    {
        TokenFile = File,
        TokenReload = TimeSpan.FromMilliseconds(10),
        Heartbeat = TimeSpan.FromMilliseconds(20),
    });

    private static async Task<int> Failures(ApiHost host, string token)
    {
        var line = (await host.Get("/metrics", token)).IsOk().Text.Split('\n').FirstOrDefault(
            line => line.StartsWith(Failed, StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line[Failed.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }
}
