using System.Globalization;
using Jobtree.Api.Auditing;
using Jobtree.Silo.Commands;
using Jobtree.Execution;
using Jobtree.Journal;
using Jobtree.Silo.Clocks;
using Jobtree.Silo.Histories;
using Jobtree.Silo.Journals.Disk;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>A silo that is a fleet by itself, with one log in the data folder as its journals.</summary>
internal static class OneMachine
{
    /// <summary>Opens the data folder, and creates it if needed.</summary>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="JournalLockedException">Another process has the folder open.</exception>
    /// <exception cref="JournalDamagedException">The journal is damaged; it was left unchanged.</exception>
    public static async Task<SiloStorage> Open(UpSettings settings, GrainStates states, FleetMetrics metrics,
        LedgerClock time, ILoggerFactory loggers, CancellationToken cancellation)
    {
        DataFolder.Prepare(settings.Folder);
        var clock = new ClockFile(settings.Folder);
        if (clock.Read() is { } last)
            time.Continue(last, settings.ClockAheadMax);
        var demo = new DemoFolder(settings.Folder);
        if (demo.IsNew && !settings.Empty)
            await demo.Mark(cancellation);
        var journals = DiskJournals.Open(
            new DiskJournalOptions
            {
                Folder = settings.Folder,
                SnapshotEvery = settings.SnapshotEvery,
                Metrics = metrics,
            },
            states.Of,
            loggers.CreateLogger<DiskJournals>(),
            time,
            cancellation);
        var kind = demo.ExecutorOr(settings.Executor);
        var executor = kind == ExecutorKind.External ? null : LocalExecutors.Create(
            kind, settings.Folder, settings.SimulatedDuration, settings.Processes, time, loggers);
        if (executor is not null)
            executor = new TracedExecutor(executor, loggers);
        return new SiloStorage(journals, new DiskGauge(settings.Folder, metrics), executor, demo,
            StartMessage(settings.Folder, journals.Recovery))
        {
            Failed = journals.Failed,
            Clock = clock,
            History = SqliteHistory.Open(HistoryOf(settings.Folder)),
            Audit = AuditFolder.Open(
                Path.Combine(settings.Folder, "audit"), settings.Audit(AuditRetention.OnDisk), time),
        };
    }

    /// <summary>The database of the runs that ended.</summary>
    /// <param name="folder">The data folder.</param>
    public static string HistoryOf(string folder) => Path.Combine(folder, "history.db");

    private static string StartMessage(string folder, RecoveryReport recovery) => string.Join(
        Environment.NewLine,
        [
            string.Create(CultureInfo.InvariantCulture,
                $"Keeps everything in {folder}: {recovery.SnapshotActors} actors from a snapshot, {recovery.Records} " +
                $"journal records."),
            .. recovery.TornTail is { } torn
                ? [$"The last write was cut off by a crash and never acknowledged; it was dropped: {torn}"]
                : Array.Empty<string>(),
            .. recovery.SnapshotsDamaged.Select(
                damaged => $"A snapshot is damaged and was passed over: {damaged.Message}"),
        ]);
}
