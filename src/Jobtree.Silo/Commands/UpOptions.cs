using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Jobtree.Actors.Reporting;
using Jobtree.Api;
using Jobtree.Api.Auditing;
using Jobtree.Execution;
using Jobtree.Grains.Hosting;
using Jobtree.Silo.Logging;

namespace Jobtree.Silo.Commands;

/// <summary>The options of <c>up</c>, on one machine or in a cluster.</summary>
internal sealed class UpOptions
{
    private readonly Option<DirectoryInfo> data = new("--data")
    {
        Description = "The data folder: journal, logs.",
        DefaultValueFactory = _ => new DirectoryInfo("data"),
    };
    private readonly Option<int> port = new("--port")
    {
        Description = "The port; 0 takes a free one.",
        DefaultValueFactory = _ => 8080,
    };
    private readonly Option<IPAddress> listen = new("--listen")
    {
        Description = "The address to listen on. Any but loopback needs --token-file.",
        DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = ReadAddress,
    };
    private readonly Option<int?> metricsPort = new("--metrics-port")
    {
        Description = "A port of its own for /metrics and the probes, which asks for no token; 0 takes a free one. "
            + "Default: none; the API's port serves them as well, with tokens.",
    };
    private readonly Option<IPAddress> metricsListen = new("--metrics-listen")
    {
        Description = "The address of the metrics port. Whoever reaches it can read the metrics of all owners: any "
            + "but loopback belongs behind a network policy.",
        DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = ReadAddress,
    };
    private readonly Option<FileInfo?> tokens = new("--token-file")
    {
        Description = "A file of hashed tokens; make one with 'token'. Without it, whoever reaches the loopback "
            + "address is an operator.",
    };
    private readonly Option<string[]> hosts = new("--allow-host")
    {
        Description = "A host name that clients may use beside loopback names and the address; may be repeated.",
        DefaultValueFactory = _ => [],
    };
    private readonly Option<string[]> origins = new("--allow-origin")
    {
        Description = "A web origin that may send requests beside the host's own; may be repeated.",
        DefaultValueFactory = _ => [],
    };
    private readonly Option<int> requests = new("--requests-per-second")
    {
        Description = "The most requests a second of one token, or of all callers without tokens; 0 is no limit.",
        DefaultValueFactory = _ => 10_000,
    };
    private readonly Option<int> watchStreams = new("--watch-streams-max")
    {
        Description = "The most watch streams at a time. One token may have a quarter of them, and an eighth is kept "
            + "for operators of the whole fleet.",
        DefaultValueFactory = _ => new ApiOptions().WatchersMax,
    };
    private readonly Option<int> connections = new("--connections-max")
    {
        Description = "The most open connections of the API's port. One address may have a quarter of them. There are "
            + "fewer where the process may open fewer files.",
        DefaultValueFactory = _ => new ApiOptions().ConnectionsMax,
    };
    private readonly Option<FileInfo?> certificate = new("--tls-cert")
    {
        Description = "A PEM file with certificate and chain: serve HTTPS.",
    };
    private readonly Option<FileInfo?> key = new("--tls-key")
    {
        Description = "The PEM file with the certificate's key.",
    };
    private readonly Option<ExecutorKind?> executor = new("--executor")
    {
        Description = "Who carries runs out: external (others report through the API), simulated (runs end after "
            + "their expected duration), process (workload.command as child processes: whoever may submit may run "
            + "programs as this user, so it needs --token-file). Default: external; in a demo folder simulated.",
    };
    private readonly Option<FileInfo?> userMap = new("--user-map")
    {
        Description = "For --executor process: a file of lines 'OWNER-PATTERN USER' that tells as which user of this "
            + "machine the workloads of an owner run; needs root. Default: all run as this host's user.",
    };
    private readonly Option<DirectoryInfo?> secrets = new("--secrets-dir")
    {
        Description = "For --executor process: a folder with a folder of secrets for each namespace, which workloads "
            + "of that namespace take variables from (env: {NAME: {valueFrom: {secret: S}}}).",
    };
    private readonly Option<double> duration = new("--simulated-duration")
    {
        Description = "Seconds that a simulated run takes which states no expected duration.",
        DefaultValueFactory = _ => 600,
    };
    private readonly Option<int> outboxLag = new("--outbox-lag-threshold")
    {
        Description = "Seconds that a flavor's oldest undelivered fact may be old before the shipped alert fires.",
        DefaultValueFactory = _ => 30,
    };
    private readonly Option<bool> empty = new("--empty")
    {
        Description = "Begin a new data folder without the demo fleet.",
    };
    private readonly Option<long> snapshots = new("--snapshot-every")
    {
        Description = "After how many journal records a snapshot is taken; the next start reads no more than about "
            + "that many.",
        DefaultValueFactory = _ => 500_000,
    };
    private readonly Option<int> openRuns = new("--open-runs-max")
    {
        Description = "The most runs that may wait or run at a time; more are refused.",
        DefaultValueFactory = _ => 3_000_000,
    };
    private readonly Option<int> endedMax = new("--list-ended-max")
    {
        Description = "How many ended runs are listed; 'history' has all of them.",
        DefaultValueFactory = _ => new GrainOptions().EndedListedMax,
    };
    private readonly Option<int> endedDays = new("--list-ended-days")
    {
        Description = "For how many days a run is listed after its end.",
        DefaultValueFactory = _ => new GrainOptions().EndedListedFor.Days,
    };
    private readonly Option<int?> auditMegabytes = new("--audit-log-megabytes")
    {
        Description = "How large the audit log may be; the oldest entries are let go. Default: 1024 in the data "
            + "folder, 64 in Redis.",
    };
    private readonly Option<int> auditDays = new("--audit-log-days")
    {
        Description = "For how many days an entry of the audit log is kept.",
        DefaultValueFactory = _ => AuditRetention.OnDisk.Age.Days,
    };
    private readonly Option<int> clockAhead = new("--clock-ahead-max-days")
    {
        Description = "How many days the clock may be ahead, at a start, of when the silo ran last. If it is farther "
            + "ahead, time goes on from there, and the silo is not ready.",
        DefaultValueFactory = _ => 31,
    };
    private readonly Option<string> logLevel = new("--log-level")
    {
        Description = "What is logged: error, warn, info (decisions, up to a rate, and changes) or debug (every "
            + "decision and record).",
        DefaultValueFactory = _ => "info",
    };
    private readonly Option<string> logFormat = new("--log-format")
    {
        Description = "text: a line for a person; json: a line of JSON with category, trace and run.",
        DefaultValueFactory = _ => "text",
    };
    private readonly Option<int> runSeries = new("--run-series-max")
    {
        Description = "The most running runs of this silo whose reported telemetry (progress, loss, GPU use) shows as "
            + "series in the metrics; 0 shows none.",
        DefaultValueFactory = _ => ReportedRuns.SeriesMaxDefault,
    };
    private readonly SchedulerOptionSet scheduler = new();
    private readonly OidcOptionSet oidc = new();

    public UpOptions()
    {
        port.Validators.Add(OptionChecks.Port);
        metricsPort.Validators.Add(OptionChecks.Port);
        snapshots.Validators.Add(OptionChecks.AtLeastOne);
        openRuns.Validators.Add(OptionChecks.AtLeastOne);
        endedMax.Validators.Add(OptionChecks.AtLeastOne);
        endedDays.Validators.Add(OptionChecks.Within(1, 36_500));
        watchStreams.Validators.Add(OptionChecks.Within(0, 100_000));
        connections.Validators.Add(OptionChecks.Within(16, 1_000_000));
        auditMegabytes.Validators.Add(OptionChecks.Within(16, 1 << 20));
        auditDays.Validators.Add(OptionChecks.Within(1, 36_500));
        clockAhead.Validators.Add(OptionChecks.Within(1, 36_500));
        logLevel.AcceptOnlyFromAmong([.. LogSettings.Levels.Keys]);
        logFormat.AcceptOnlyFromAmong("text", "json");
        outboxLag.Validators.Add(OptionChecks.AtLeastOne);
        runSeries.Validators.Add(OptionChecks.Within(0, ReportedRuns.RunsMax));
    }

    public void AddTo(Command command)
    {
        Option[] all =
        [
            data, port, listen, metricsPort, metricsListen, tokens, hosts, origins, requests,
            watchStreams, connections, certificate, key,
            executor, userMap, secrets, duration, empty, snapshots, openRuns, endedMax, endedDays, auditMegabytes,
            auditDays, clockAhead,
            logLevel, logFormat, outboxLag, runSeries,
        ];
        foreach (var option in all)
            command.Options.Add(option);
        scheduler.AddTo(command);
        oidc.AddTo(command);
    }

    /// <summary>Whether a data folder was named.</summary>
    public bool NamesFolder(ParseResult parsed) => parsed.GetResult(data) is { Implicit: false };

    /// <summary>Whether a log level was named.</summary>
    public bool NamesLogLevel(ParseResult parsed) => parsed.GetResult(logLevel) is { Implicit: false };

    public UpSettings Read(ParseResult parsed) => new(
        parsed.GetValue(data)!.FullName,
        new ApiOptions
        {
            Address = parsed.GetValue(listen)!,
            Port = parsed.GetValue(port),
            MetricsEndpoint = MetricsEndpoint(parsed),
            TokenFile = parsed.GetValue(tokens)?.FullName,
            Oidc = oidc.Read(parsed),
            AllowedHosts = parsed.GetValue(hosts)!,
            AllowedOrigins = parsed.GetValue(origins)!,
            RequestsPerSecondMax = parsed.GetValue(requests),
            WatchersMax = parsed.GetValue(watchStreams),
            ConnectionsMax = parsed.GetValue(connections),
            CertificateFile = parsed.GetValue(certificate)?.FullName,
            CertificateKeyFile = parsed.GetValue(key)?.FullName,
            OutboxLagThreshold = TimeSpan.FromSeconds(parsed.GetValue(outboxLag)),
        },
        parsed.GetValue(executor),
        TimeSpan.FromSeconds(parsed.GetValue(duration)),
        parsed.GetValue(empty),
        parsed.GetValue(snapshots),
        parsed.GetValue(openRuns),
        parsed.GetValue(runSeries))
    {
        Log = new LogSettings(LogSettings.Levels[parsed.GetValue(logLevel)!], parsed.GetValue(logFormat) == "json"),
        Processes = new ProcessSettings(parsed.GetValue(userMap)?.FullName, parsed.GetValue(secrets)?.FullName),
        Scheduler = scheduler.Read(parsed),
        EndedListedMax = parsed.GetValue(endedMax),
        EndedListedFor = TimeSpan.FromDays(parsed.GetValue(endedDays)),
        AuditMegabytes = parsed.GetValue(auditMegabytes),
        AuditFor = TimeSpan.FromDays(parsed.GetValue(auditDays)),
        ClockAheadMax = TimeSpan.FromDays(parsed.GetValue(clockAhead)),
    };

    private IPEndPoint? MetricsEndpoint(ParseResult parsed) =>
        parsed.GetValue(metricsPort) is { } own ? new IPEndPoint(parsed.GetValue(metricsListen)!, own)
        : parsed.GetResult(metricsListen) is { Implicit: false } ? throw new ArgumentException(
            "--metrics-listen needs --metrics-port: without it the API's port serves the metrics.")
        : null;

    private static IPAddress ReadAddress(ArgumentResult result)
    {
        if (IPAddress.TryParse(result.Tokens[0].Value, out var address))
            return address;
        var option = (result.Parent as OptionResult)?.Option.Name ?? "--listen";
        result.AddError($"{option} takes an IP address such as 127.0.0.1 or 0.0.0.0.");
        return IPAddress.None;
    }
}
