using System.Net;
using Jobtree.Api.Access;

namespace Jobtree.Api;

/// <summary>How the API is served: where, to whom, and within which limits.</summary>
public sealed record ApiOptions
{
    private const int RequestsPerSecondLimit = 1_000_000_000;

    /// <summary>
    /// The address to listen on; loopback unless told otherwise. Any other needs <see cref="TokenFile"/>.
    /// </summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>
    /// The file of hashed tokens; absent: whoever reaches the loopback address is an operator of everything.
    /// </summary>
    public string? TokenFile { get; init; }

    /// <summary>A PEM file with a certificate and its chain; with it the API speaks HTTPS. Absent: HTTP.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The PEM file with the certificate's key; absent: it is in <see cref="CertificateFile"/>.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>
    /// Host names that are served beside <c>localhost</c>, <c>127.0.0.1</c>, <c>[::1]</c> and the listening address,
    /// without ports.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>
    /// Origins of web pages that may send requests beside the API's own, such as <c>https://fleet.example.org</c>.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Why the host is not ready yet, asked by <c>/readyz</c>; null: it is.</summary>
    public Func<string?> NotReadyBecause { get; init; } = static () => null;

    /// <summary>
    /// Why the process must be started again, asked by <c>/healthz</c>; null: it need not be. Asks only this process:
    /// what others do, or the network does, no restart can mend.
    /// </summary>
    public Func<string?> NotAliveBecause { get; init; } = static () => null;

    /// <summary>The largest request body, in bytes.</summary>
    public int BodyBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most open connections.</summary>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>The most watch streams at once.</summary>
    public int WatchersMax { get; init; } = 256;

    /// <summary>
    /// The most requests a second of one token, or of all callers where no tokens are asked for; twice as many may come
    /// at once. 0: no limit.
    /// </summary>
    public int RequestsPerSecondMax { get; init; } = 10_000;

    /// <summary>How often it is looked whether the token file has changed.</summary>
    public TimeSpan TokenReload { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest that a request may take, watches and logs aside.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a watch stream is silent before it says that it is alive.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a watcher may take to make room for more before it is dropped.</summary>
    public TimeSpan SlowWatcherTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether changes of runs are followed for the series of finished runs.</summary>
    public bool ObserveRuns { get; init; } = true;

    /// <summary>
    /// Whether the metrics page of this host tells the state of the whole fleet. Of several hosts that serve one fleet
    /// one should, or every sum over them would count it more than once.
    /// </summary>
    public Func<bool> TellsFleet { get; init; } = static () => true;

    /// <summary>Checks that these options fit together and are safe.</summary>
    /// <returns>What is wrong, one sentence each; empty: nothing.</returns>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (!IPAddress.IsLoopback(Address) && TokenFile is null)
            errors.Add(
                $"Listening on {Address} needs a token file: anybody there could use the fleet. Without one only a " +
                $"loopback address is allowed.");
        if (Port is < 0 or > 65535)
            errors.Add($"The port {Port} is not one: 0 to 65535.");
        if (CertificateKeyFile is not null && CertificateFile is null)
            errors.Add("A certificate key file needs a certificate file.");
        if (BodyBytesMax < 1 || ConnectionsMax < 1 || WatchersMax < 0)
            errors.Add("BodyBytesMax and ConnectionsMax must be at least 1, WatchersMax at least 0.");
        if (RequestsPerSecondMax is < 0 or > RequestsPerSecondLimit)
            errors.Add($"RequestsPerSecondMax must be 0, which is no limit, to {RequestsPerSecondLimit}.");
        if (RequestTimeout <= TimeSpan.Zero || Heartbeat <= TimeSpan.Zero || SlowWatcherTimeout <= TimeSpan.Zero
            || TokenReload <= TimeSpan.Zero)
            errors.Add("RequestTimeout, Heartbeat, SlowWatcherTimeout and TokenReload must be longer than nothing.");
        errors.AddRange(AllowedHosts
            .Where(host => Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown)
            .Select(host => $"The allowed host '{host}' is not a host name; write it without scheme and port."));
        errors.AddRange(AllowedOrigins
            .Where(origin => !Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                || uri.Scheme is not ("http" or "https") || uri.GetLeftPart(UriPartial.Authority) != origin)
            .Select(origin => $"The allowed origin '{origin}' is not one; write scheme://host or scheme://host:port."));
        return errors;
    }

    internal TokenSet? LoadTokens() =>
        TokenFile is null ? null : TokenSet.Of(Access.TokenFile.ReadText(TokenFile), TokenFile);
}
