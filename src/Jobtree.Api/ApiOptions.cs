using System.Net;
using Jobtree.Api.Access;

namespace Jobtree.Api;

/// <summary>How the API is served: the address, the allowed callers and the limits.</summary>
public sealed record ApiOptions
{
    private const int RequestsPerSecondLimit = 1_000_000_000;

    // What is made of a manifest takes up to 25 times its bytes; a host has other uses for most of its memory.
    private const int MemoryPerBodyByte = 64;
    private const long BodiesMin = 3;
    private const long BodiesBytesCap = 256L << 20;

    /// <summary>
    /// The address to listen on; loopback by default. Any other address needs <see cref="TokenFile"/>.
    /// </summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 picks a free port.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>
    /// A port of its own for monitoring: <c>/metrics</c> and the probes, without tokens. Whoever reaches it can read
    /// the metrics of all owners, and do nothing. Absent: only the API's port serves them.
    /// </summary>
    public IPEndPoint? MetricsEndpoint { get; init; }

    /// <summary>
    /// The file of hashed tokens. Without it and without <see cref="Oidc"/> every client of the loopback address is an
    /// operator of the whole fleet.
    /// </summary>
    public string? TokenFile { get; init; }

    /// <summary>An issuer whose tokens are accepted as well; absent: none.</summary>
    public OidcOptions? Oidc { get; init; }

    /// <summary>Whether requests need a token.</summary>
    public bool AsksForTokens => TokenFile is not null || Oidc is not null;

    /// <summary>A PEM file with a certificate and its chain. If set, the API serves HTTPS; otherwise HTTP.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The PEM file with the certificate's key. Absent: the key is in <see cref="CertificateFile"/>.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>
    /// Additional host names to serve, without ports. <c>localhost</c>, <c>127.0.0.1</c>, <c>[::1]</c> and the
    /// listening address are always served.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>
    /// Additional origins of web pages that may send requests, such as <c>https://fleet.example.org</c>. The API's own
    /// origin is always allowed.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Returns why the host is not ready, for <c>/readyz</c>; null: ready.</summary>
    public Func<string?> NotReadyBecause { get; init; } = static () => null;

    /// <summary>
    /// Returns why the process must be restarted, for <c>/healthz</c>; null: healthy. It must check this process only:
    /// a restart does not fix another process or the network.
    /// </summary>
    public Func<string?> NotAliveBecause { get; init; } = static () => null;

    /// <summary>The maximum size of a request body, in bytes.</summary>
    public int BodyBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// The most bytes of bodies held at a time; absent: what fits the memory that this process may use. One token may
    /// have half of them, and a quarter is kept for operators of the whole fleet.
    /// </summary>
    public long? BodiesBytesMax { get; init; }

    /// <summary>
    /// The maximum number of open connections of the API's port; one address may have a quarter of them. There are
    /// fewer where the process may open fewer files.
    /// </summary>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>
    /// How many eighths of the files that connections may open are for the API's port, where the process has other
    /// ports as well. The port for metrics has one of them.
    /// </summary>
    public int DescriptorEighths { get; init; } = 8;

    /// <summary>
    /// The maximum number of concurrent watch streams. One token may have a quarter of them, and an eighth is kept for
    /// operators of the whole fleet.
    /// </summary>
    public int WatchersMax { get; init; } = 256;

    /// <summary>
    /// The maximum requests per second of one token, or of all callers if no tokens are configured. Bursts may be twice
    /// as large. 0: no limit.
    /// </summary>
    public int RequestsPerSecondMax { get; init; } = 10_000;

    /// <summary>
    /// The least time between two looks at an issuer's keys that a token with an unknown key causes.
    /// </summary>
    public TimeSpan KeysRefresh { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an issuer may take for an answer.</summary>
    public TimeSpan IssuerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The most requests, other than streams, that wait for their answers at a time. One token may have half of them,
    /// and an eighth is kept for operators of the whole fleet.
    /// </summary>
    public int RequestsAtOnceMax { get; init; } = 4096;

    /// <summary>How often the token file is checked for changes.</summary>
    public TimeSpan TokenReload { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The timeout of a request, except watches and logs.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a watch stream may be silent before the server sends a heartbeat.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a watcher's buffer may stay full before the watcher is dropped.</summary>
    public TimeSpan SlowWatcherTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether to follow run changes for the metrics of finished runs.</summary>
    public bool ObserveRuns { get; init; } = true;

    /// <summary>
    /// Whether the metrics page of this host shows the state of the whole fleet. If several hosts serve one fleet,
    /// enable it on one of them; otherwise sums count the fleet more than once.
    /// </summary>
    public Func<bool> TellsFleet { get; init; } = static () => true;

    /// <summary>
    /// The age of a flavor's oldest undelivered fact beyond which the shipped alert fires; the metrics page tells it.
    /// </summary>
    public TimeSpan OutboxLagThreshold { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Checks that these options are consistent and safe.</summary>
    /// <returns>The errors, one sentence each; empty if there are none.</returns>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (!IPAddress.IsLoopback(Address) && !AsksForTokens)
            errors.Add(
                $"Listening on {Address} needs a token file, or an issuer: anybody there could use the fleet. " +
                $"Without one only a loopback address is allowed.");
        if (Port is < 0 or > 65535)
            errors.Add($"The port {Port} is not one: 0 to 65535.");
        errors.AddRange(Oidc?.Validate() ?? []);
        if (CertificateKeyFile is not null && CertificateFile is null)
            errors.Add("A certificate key file needs a certificate file.");
        if (BodyBytesMax < 1 || ConnectionsMax < 1 || WatchersMax < 0)
            errors.Add("BodyBytesMax and ConnectionsMax must be at least 1, WatchersMax at least 0.");
        if (DescriptorEighths is < 1 or > 8)
            errors.Add("DescriptorEighths must be 1 to 8.");
        if (RequestsAtOnceMax < 8)
            errors.Add("RequestsAtOnceMax must be at least 8.");
        if (BodiesBytesMax < BodyBytesMax * 2L)
            errors.Add("BodiesBytesMax must be at least twice BodyBytesMax: an operator's body fits beside another.");
        if (RequestsPerSecondMax is < 0 or > RequestsPerSecondLimit)
            errors.Add($"RequestsPerSecondMax must be 0, which is no limit, to {RequestsPerSecondLimit}.");
        if (RequestTimeout <= TimeSpan.Zero || Heartbeat <= TimeSpan.Zero || SlowWatcherTimeout <= TimeSpan.Zero
            || TokenReload <= TimeSpan.Zero || IssuerTimeout <= TimeSpan.Zero)
            errors.Add("RequestTimeout, Heartbeat, SlowWatcherTimeout, TokenReload and IssuerTimeout must be longer "
                + "than nothing.");
        if (OutboxLagThreshold <= TimeSpan.Zero)
            errors.Add("OutboxLagThreshold must be longer than nothing.");
        errors.AddRange(AllowedHosts
            .Where(host => Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown)
            .Select(host => $"The allowed host '{host}' is not a host name; write it without scheme and port."));
        errors.AddRange(AllowedOrigins
            .Where(origin => !Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                || uri.Scheme is not ("http" or "https") || uri.GetLeftPart(UriPartial.Authority) != origin)
            .Select(origin => $"The allowed origin '{origin}' is not one; write scheme://host or scheme://host:port."));
        return errors;
    }

    /// <summary>The most bytes of bodies held at a time.</summary>
    internal long BodiesBytes => BodiesBytesMax
        ?? Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MemoryPerBodyByte, BodyBytesMax * BodiesMin,
            Math.Max(BodiesBytesCap, BodyBytesMax * BodiesMin));

    internal TokenSet? LoadTokens() =>
        TokenFile is null ? null : TokenSet.Of(Access.TokenFile.ReadText(TokenFile), TokenFile);
}
