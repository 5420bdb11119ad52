using Jobtree.Api;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Core.Scheduling;
using Jobtree.Execution;
using Jobtree.Silo.Logging;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Commands;

/// <summary>The settings of <c>up</c>.</summary>
/// <param name="Folder">The data folder.</param>
/// <param name="Api">How the API is served.</param>
/// <param name="Executor">The requested executor; absent: the folder's, else external.</param>
/// <param name="SimulatedDuration">The duration of a simulated run that does not specify one.</param>
/// <param name="Empty">Whether a new folder begins without the demo fleet.</param>
/// <param name="SnapshotEvery">The number of journal records between snapshots.</param>
/// <param name="OpenRunsMax">The most runs that may wait or run.</param>
/// <param name="RunSeriesMax">The most runs of this silo whose telemetry has series.</param>
internal sealed record UpSettings(string Folder, ApiOptions Api, ExecutorKind? Executor, TimeSpan SimulatedDuration,
    bool Empty, long SnapshotEvery, int OpenRunsMax, int RunSeriesMax)
{
    /// <summary>How the process executor starts processes.</summary>
    public ProcessSettings Processes { get; init; } = new();

    /// <summary>What is logged, and how.</summary>
    public LogSettings Log { get; init; } = new(LogLevel.Information, IsJson: false);

    /// <summary>How many ended runs are listed.</summary>
    public required int EndedListedMax { get; init; }

    /// <summary>How long a run is listed after its end.</summary>
    public required TimeSpan EndedListedFor { get; init; }

    /// <summary>How large the audit log may be; absent: what is right for where it is kept.</summary>
    public int? AuditMegabytes { get; init; }

    /// <summary>How long an entry of the audit log is kept.</summary>
    public TimeSpan AuditFor { get; init; } = AuditRetention.OnDisk.Age;

    /// <summary>How far the wall clock may be ahead, at a start, of the ledger's time when the silo ran last.</summary>
    public required TimeSpan ClockAheadMax { get; init; }

    /// <summary>The scheduler's times.</summary>
    public SchedulerOptions Scheduler { get; init; } = new();

    /// <summary>What the configuration file says about traces.</summary>
    public TelemetrySettings Telemetry { get; init; } = new();

    /// <summary>How much of the audit log is kept.</summary>
    /// <param name="usual">What is right for where it is kept.</param>
    public AuditRetention Audit(AuditRetention usual) =>
        new(AuditMegabytes is { } given ? (long)given << 20 : usual.BytesMax, AuditFor);

    /// <summary>Rejects invalid settings, before anything is touched.</summary>
    /// <exception cref="ArgumentException">The options conflict.</exception>
    /// <exception cref="TokenFileException">The token file cannot be used.</exception>
    public void Check()
    {
        if (Api.Validate() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join(' ', errors));
        if (Executor == ExecutorKind.Process && !Api.AsksForTokens)
            throw new ArgumentException(
                "--executor process needs --token-file, or --oidc-issuer: every user of this machine could run "
                + "programs as this one. Make a file with 'jobtree-silo token'.");
        if (Executor != ExecutorKind.Process && Processes is not { UserMapFile: null, SecretsFolder: null })
            throw new ArgumentException("--user-map and --secrets-dir are for --executor process.");
        LocalExecutors.Check(Processes, Folder);
        if (Api.TokenFile is { } tokens)
            TokenFile.Read(tokens);
        ServerCertificate.Read(Api);
    }
}
