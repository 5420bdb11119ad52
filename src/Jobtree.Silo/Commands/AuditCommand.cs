using System.CommandLine;
using Jobtree.Core;
using Jobtree.Core.Ledger;
using Jobtree.Journal;
using Jobtree.Silo.Journals.Redis;

namespace Jobtree.Silo.Commands;

/// <summary>
/// <c>audit</c>: verifies the journals of a data folder, or of a Redis, from the first record that is there. A folder
/// may have a running host; the silos of a Redis should be stopped.
/// </summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var data = new Option<DirectoryInfo?>("--data") { Description = "The data folder of a host, live or not." };
        var segments = new Option<DirectoryInfo[]>("--segments")
        {
            Description = "With --data: a folder to which segments of the journal were moved; may be repeated. Without "
                + "them the audit begins at the oldest snapshot.",
        };
        var redis = new Option<string?>("--redis")
        {
            Description = "A Redis with the journals of a cluster whose silos are stopped, or one that was started on "
                + "a copy: host:port[,option=value]. With a password use --redis-file.",
        };
        var redisFile = new Option<FileInfo?>("--redis-file") { Description = "A file with what --redis takes." };
        var service = new Option<string>("--service-id")
        {
            Description = "With --redis: the service id of the silos.", DefaultValueFactory = _ => "jobtree",
        };
        var command = new Command("audit",
            "Check every ledger of a data folder, or of a Redis, from its first record. Changes nothing. Exits 1 when "
            + "an invariant is broken.") { data, segments, redis, redisFile, service };
        command.Validators.Add(result =>
        {
            var places = new Option[] { data, redis, redisFile }.Count(option => result.GetResult(option) is not null);
            if (places != 1)
                result.AddError("Give one of --data, --redis and --redis-file.");
            if (result.GetResult(data) is null && result.GetValue(segments) is { Length: > 0 })
                result.AddError("--segments belongs to --data.");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                return await Tell(parsed.GetValue(data) is { } folder
                    ? FolderAudit.Run(folder.FullName,
                        [.. (parsed.GetValue(segments) ?? []).Select(moved => moved.FullName)], cancellation)
                    : await RedisAudit.Run(
                        ClusterOptionSet.Redis(parsed.GetValue(redis), parsed.GetValue(redisFile), null)!,
                        parsed.GetValue(service)!, cancellation));
            }
            catch (Exception refusal) when (refusal is JournalDamagedException or IOException
                or UnauthorizedAccessException or ArgumentException)
            {
                await Console.Error.WriteLineAsync($"jobtree: {refusal.Message}");
                return 1;
            }
        });
        return command;
    }

    private static async Task<int> Tell(AuditReport report)
    {
        if (report.Begins is { } begins)
            await Console.Out.WriteLineAsync(begins);
        await Console.Out.WriteLineAsync(
            $"{Counted.Of(report.Records, "ledger record")} and {Counted.Of(report.Leases, "lease")} checked.");
        foreach (var (flavor, head) in report.Heads)
            await Console.Out.WriteLineAsync($"  {flavor}: head {head}");
        foreach (var violation in report.Violations)
            await Console.Out.WriteLineAsync($"invariant {violation.Invariant}, {violation.Where}: {violation.What}");
        await Console.Out.WriteLineAsync(report.Violations.Count == 0 ? "Every invariant that applies holds."
            : $"{report.Violations.Count} violations.");
        return report.Violations.Count == 0 ? 0 : 1;
    }
}
