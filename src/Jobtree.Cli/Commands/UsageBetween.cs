using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;

namespace Jobtree.Cli.Commands;

/// <summary>Use over a past interval, as <c>budgets usage --from --to</c> prints it.</summary>
internal static class UsageBetween
{
    /// <summary>The table of a report.</summary>
    public static Report Report(UsageReport usage) => new(
        screen =>
        {
            foreach (var gap in usage.Gaps)
                screen.Notice(gap);
            screen.Line($"GPU-hours from {At(usage.From)} to {At(usage.To)}");
            if (usage.Items.Count == 0)
            {
                screen.Notice("Nothing was used.");
                return;
            }
            screen.Line("");
            var rows = usage.Items.Select(row => Row(Name(row), row.Owner, row.Flavor, row.GpuHours))
                .Append(Row("all", null, null, usage.Total));
            screen.Table(new TableView(
                [
                    new("WHAT"), new("OWNER", 2), new("FLAVOR", 3), new("OWNED", 1, Right: true),
                    new("SHARED", 1, Right: true), new("BORROWED", 1, Right: true), new("UNFUNDED", 1, Right: true),
                    new("GPU-HOURS", Right: true),
                ],
                [.. rows]));
        },
        new ViewData<UsageReport>(usage, OperationsJson.Default.UsageReport));

    private static string Name(UsageRow row) =>
        row.Envelope?.ToString() ?? row.Run?.ToString() ?? row.Owner ?? "no envelope";

    private static Cell[] Row(string what, string? owner, string? flavor, Core.Model.ClassSplit hours) =>
        [what, owner, flavor, hours.Owned, hours.Shared, hours.Borrowed, hours.Unfunded, hours.Total()];

    private static string At(DateTimeOffset at) => at.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);
}
