using System.Text;
using Jobtree.Core.Ledger;
using Jobtree.Core.Tests.Scheduling;

namespace Jobtree.Core.Tests.Ledger;

public sealed class LedgerTailTests
{
    private readonly LedgerBench bench = new();
    private readonly List<(long Sequence, ReadOnlyMemory<byte> Record)> records = [];

    public LedgerTailTests()
    {
        bench.Nodes(1, 8);
        for (var i = 0; i < 8; i++)
            bench.Admit($"r{i}", "x:a", 1);
        records.AddRange(bench.Ledger.Select((record, i) => (i + 1L, (ReadOnlyMemory<byte>)record)));
    }

    [Fact]
    public void A_whole_one_has_nothing_wrong_whether_it_was_trimmed_or_has_grown_since()
    {
        Assert.Same(LedgerTail.Whole, Check());
        records.RemoveRange(0, 4);
        Assert.Same(LedgerTail.Whole, Check());
        var (last, head) = (bench.State.Sequence, bench.State.Head);
        bench.Admit("later", "x:a", 8);
        records.Add((last + 1, bench.Ledger[^1]));
        Assert.Same(LedgerTail.Whole, LedgerTail.Check("H100", records, last, head));
        Assert.Same(LedgerTail.Whole, LedgerTail.Check("H100", [], 0, HashChain.Root));
    }

    [Fact]
    public void Missing_entries_are_counted()
    {
        records.RemoveRange(3, 2);
        Assert.Equal(2, Check().Missing);
        records.RemoveAt(records.Count - 1);
        var tail = Check();
        Assert.Equal(3, tail.Missing);
        Assert.Contains("3 entries before or at it are missing", Assert.Single(tail.Violations).What,
            StringComparison.Ordinal);
        records.Clear();
        Assert.Equal(1, Check().Missing);
    }

    [Fact]
    public void A_changed_entry_breaks_the_chain_after_it()
    {
        Change(4, text => text.Replace("\"r3\"", "\"rX\"", StringComparison.Ordinal)
            .Replace("ns/r3", "ns/rX", StringComparison.Ordinal));
        Assert.Equal("the store's ledger of H100 is broken at entry 6: it does not follow from the entry before it",
            Assert.Single(Check().Violations).What);
    }

    [Fact]
    public void Another_last_entry_and_an_unreadable_one_are_found()
    {
        Change(8, text => text.Replace("ns/r7", "ns/rX", StringComparison.Ordinal));
        Assert.Contains("another entry than the one that the state was made by",
            Assert.Single(Check().Violations).What, StringComparison.Ordinal);
        Change(8, _ => "{");
        Assert.Contains(Check().Violations, found => found.What.Contains("cannot be read", StringComparison.Ordinal));
    }

    private void Change(int index, Func<string, string> change)
    {
        var before = Encoding.UTF8.GetString(records[index].Record.Span);
        var after = change(before);
        Assert.NotEqual(before, after);
        records[index] = (records[index].Sequence, Encoding.UTF8.GetBytes(after));
    }

    private LedgerTail Check() => LedgerTail.Check("H100", records, bench.State.Sequence, bench.State.Head);
}
