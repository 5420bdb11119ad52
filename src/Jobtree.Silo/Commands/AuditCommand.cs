using System.CommandLine;
using Jobtree.Core;
using Jobtree.Journal;

namespace Jobtree.Silo.Commands;

/// <summary>
/// <c>audit</c>: verifies a data folder from its first record that is there, with or without a running host.
/// </summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var data = new Option<DirectoryInfo>(
            "--data") { Description = "The data folder of a host, live or not.", Required = true };
        var segments = new Option<DirectoryInfo[]>("--segments")
        {
            Description = "A folder to which segments of the journal were moved; may be repeated. Without them the " +
                "audit begins at the oldest snapshot.",
        };
        var command = new Command(
            "audit",
            "Check every ledger of a data folder from its first record. Changes nothing. Exits 1 when an invariant " +
            "is broken.") { data, segments };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                var report = FolderAudit.Run(parsed.GetValue(data)!.FullName,
                    [.. (parsed.GetValue(segments) ?? []).Select(folder => folder.FullName)], cancellation);
                if (report.Begins is { } begins)
                    await Console.Out.WriteLineAsync(begins);
                await Console.Out.WriteLineAsync(
                    $"{Counted.Of(report.Records, "ledger record")} and {Counted.Of(report.Leases, "lease")} checked.");
                foreach (var (flavor, head) in report.Heads)
                    await Console.Out.WriteLineAsync($"  {flavor}: head {head}");
                foreach (var violation in report.Violations)
                    await Console.Out.WriteLineAsync(
                        $"invariant {violation.Invariant}, {violation.Where}: {violation.What}");
                await Console.Out.WriteLineAsync(report.Violations.Count == 0 ? "Every invariant that applies holds."
                    : $"{report.Violations.Count} violations.");
                return report.Violations.Count == 0 ? 0 : 1;
            }
            catch (Exception refusal)
                when (refusal is JournalDamagedException or IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync($"jobtree: {refusal.Message}");
                return 1;
            }
        });
        return command;
    }
}
