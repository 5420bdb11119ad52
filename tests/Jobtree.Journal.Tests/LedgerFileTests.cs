using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

/// <summary>An exported ledger is checked from its file alone, and every changed byte is found where it is.</summary>
public sealed class LedgerFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Path => folder.Of("h100.ndjson");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_whole_file_is_clean_and_has_the_head_of_its_ledger()
    {
        var entries = await Export();
        var report = LedgerFileAudit.Run(Path);
        Assert.Empty(report.Violations);
        Assert.Equal(entries.Count, report.Records);
        Assert.Equal(HashChain.ToHex(HashChain.Link(entries[^1].Bytes)), report.Heads[SampleLedgers.Flavor]);
        Assert.Equal(entries.Count, LedgerFileAudit.Run(folder.Path).Records);
        Assert.Contains(entries, entry => LedgerFormat.Read(entry.Bytes, null).Resolution is not null);
    }

    [Fact]
    public async Task Every_flipped_bit_is_found_in_the_line_that_holds_it()
    {
        var entries = await Export();
        var whole = await File.ReadAllBytesAsync(Path);
        var random = new Random(5);
        var (line, begin) = (0, 0);
        for (var at = 0; at < whole.Length; at++)
        {
            var bytes = (byte[])whole.Clone();
            bytes[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(Path, bytes);
            var violations = LedgerFileAudit.Run(Path).Violations;
            Assert.True(violations.Count > 0, $"A flip at {at} in line {line} was not found.");
            Assert.True(Place(begin) == violations[0].Where,
                $"A flip at {at} in line {line}, which begins at {begin}, was found elsewhere: {violations[0]}");
            if (whole[at] == '\n')
                (line, begin) = (line + 1, at + 1);
        }
        Assert.Equal(entries.Count + 2, line);
    }

    /// <summary>No hash covers the first and the last line, and JSON has two ways to write a plus sign in hexadecimal.
    /// </summary>
    [Fact]
    public async Task A_letter_of_another_case_is_found_in_the_head()
    {
        string[] lines;
        do
        {
            await Export();
            lines = await File.ReadAllLinesAsync(Path);
        }
        while (!lines[^1].Contains(@"\u002B", StringComparison.Ordinal)); // Every second head has a plus sign.
        lines[^1] = lines[^1].Replace(@"\u002B", @"\u002b", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(Path, lines);
        Assert.Contains("written otherwise", Assert.Single(LedgerFileAudit.Run(Path).Violations).What,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_cut_off_or_reordered_is_found()
    {
        await Export();
        var lines = await File.ReadAllLinesAsync(Path);
        await Broken([.. lines[..^1]], "its last line is missing");
        await Broken([.. lines[..^2]], "its last line is missing");
        await Broken([.. lines[..3], .. lines[4..]], "stands where entry");
        await Broken([.. lines[..3], lines[4], lines[3], .. lines[5..]], "stands where entry");
        await Broken([.. lines[..^1], lines[^2], lines[^1]], "stands where entry");
        await Broken([.. lines, lines[^1]], "something follows the last line");
        await Broken([], "the file is empty");
    }

    [Fact]
    public async Task A_ledger_that_begins_later_is_checked_from_there()
    {
        var entries = await SampleLedgers.Lived();
        await Export(entries.Skip(3).ToArray());
        var report = LedgerFileAudit.Run(Path);
        Assert.Empty(report.Violations);
        Assert.Equal((entries.Count - 3, 0), (report.Records, report.Leases));
        var text = await File.ReadAllTextAsync(Path);
        await File.WriteAllTextAsync(Path, text.Replace("org:y", "org:x", StringComparison.Ordinal));
        Assert.NotEmpty(LedgerFileAudit.Run(Path).Violations);
    }

    [Fact]
    public void A_file_or_folder_without_a_ledger_is_refused()
    {
        Assert.Throws<FileNotFoundException>(() => LedgerFileAudit.Run(folder.Path));
        Assert.Throws<FileNotFoundException>(() => LedgerFileAudit.Run(folder.Of("none.ndjson")));
    }

    private string Place(long offset) => string.Create(CultureInfo.InvariantCulture, $"{Path}, offset {offset}");

    private async Task Broken(string[] lines, string why)
    {
        await File.WriteAllTextAsync(Path, string.Concat(lines.Select(line => $"{line}\n")));
        var violation = LedgerFileAudit.Run(Path).Violations[0];
        Assert.Contains(why, violation.What, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<LedgerRecord>> Export(IReadOnlyList<LedgerRecord>? some = null)
    {
        var entries = some ?? await SampleLedgers.Lived();
        await using var to = File.Create(Path);
        var file = new LedgerFile(to, SampleLedgers.Flavor);
        file.Begin(entries[0].Sequence);
        foreach (var entry in entries)
            file.Add(entry.Bytes);
        file.End();
        return entries;
    }
}
