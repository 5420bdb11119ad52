using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Jobtree.Api.Tests.SigningIn;

/// <summary>A host, an issuer at which browsers sign in for it, and the host's audit log.</summary>
internal sealed class SignInBench : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-sign-in-").FullName;
    private readonly AuditFolder log;

    private SignInBench(TokenIssuer issuer)
    {
        (Issuer, log) = (issuer, AuditFolder.Open(Path.Combine(folder, "audit"), AuditRetention.OnDisk, Time));
        issuer.Now = Time.GetUtcNow;
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public TokenIssuer Issuer { get; }

    public ApiHost Host { get; private set; } = null!;

    /// <summary>A file of its folder.</summary>
    public string Of(string name) => Path.Combine(folder, name);

    public static async Task<SignInBench> Start(
        Func<OidcOptions, OidcOptions>? oidc = null, Func<ApiOptions, ApiOptions>? api = null)
    {
        var bench = new SignInBench(await TokenIssuer.Start());
        await bench.Serve(oidc, api);
        return bench;
    }

    public async Task Serve(
        Func<OidcOptions, OidcOptions>? oidc = null, Func<ApiOptions, ApiOptions>? api = null)
    {
        var usual = new OidcOptions { Issuer = Issuer.Address, Audience = TokenIssuer.Audience, ClientId = "web" };
        // A busy machine may keep an issuer from answering for long.
        Host = await ApiHost.Start(options => (api ?? (same => same))(options with
        {
            Oidc = oidc?.Invoke(usual) ?? usual, IssuerTimeout = TimeSpan.FromMinutes(1),
        }), builder => builder.Services.AddSingleton<TimeProvider>(Time).AddSingleton<IAuditStore>(log));
    }

    /// <summary>The entries of the audit log: who, where, with which status.</summary>
    public async Task<IReadOnlyList<(string? Token, string Route, int Status, string? After)>> Entries()
    {
        var page = await log.Read(0, 1000, CancellationToken.None);
        return [.. page.Entries.Select(line => AuditChain.Read(line.Bytes)).Select(
            entry => (entry.Token, entry.Route, entry.Status, entry.After))];
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Issuer.DisposeAsync();
        log.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
