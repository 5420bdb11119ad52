using Jobtree.Cli.Tests.Fleet;
using Jobtree.Cli.Tests.Support;

namespace Jobtree.Cli.Tests;

/// <summary>A ledger that is exported and checked by somebody who trusts neither silo nor file.</summary>
public sealed class LedgerAuditTests : IDisposable
{
    private readonly CliBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task An_exported_ledger_is_checked_from_its_file_alone()
    {
        var exported = await bench.Run("--state", bench.WriteSample(), "ledger", "export");
        Assert.Equal((0, ""), (exported.ExitCode, exported.Error));
        var file = bench.Path("h100.ndjson");
        await File.WriteAllTextAsync(file, exported.Out);
        var clean = await bench.Run("audit", "--ledger", file);
        Assert.Equal("", clean.Error);
        Assert.StartsWith("6 ledger records and 3 leases checked.", clean.Out, StringComparison.Ordinal);
        Assert.Contains("Every invariant that applies holds.", clean.Out, StringComparison.Ordinal);
        Assert.Equal(0, clean.ExitCode);

        await File.WriteAllTextAsync(
            file, exported.Out.Replace("\"by\":\"bob\"", "\"by\":\"rob\"", StringComparison.Ordinal));
        var changed = await bench.Run("audit", "--ledger", file);
        Assert.Equal(1, changed.ExitCode);
        Assert.Contains("entry 3 was changed", changed.Out, StringComparison.Ordinal);
        var missing = await bench.Run("audit", "--ledger", bench.Path("none"));
        Assert.Equal(1, missing.ExitCode);
        Assert.Equal(2, (await bench.Run("audit", "--ledger", file, "--data", bench.Folder)).ExitCode);
        Assert.Equal(SampleLedger.Page(0, 10).Entries.Count + 2, exported.Out.Split('\n').Length - 1);
    }
}
