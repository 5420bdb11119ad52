using System.Text.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Ledger;

/// <summary>
/// Entries leave out what is absent; they must not leave out a zero that a reader requires, nor a false where true is
/// the default.
/// </summary>
public sealed class LedgerJsonTests
{
    [Fact]
    public void A_budget_of_zero_widths_reads_back()
    {
        var budget = new Budget
        {
            Name = "b",
            Owner = "o",
            Envelopes = [new Envelope { Name = "e", Flavor = "H100", Concurrency = 0, Start = DateTimeOffset.UnixEpoch,
                End = DateTimeOffset.MaxValue }],
            AggregateCaps = [new AggregateCap { Name = "c", Flavor = "H100", Envelopes = ["e"], MaxConcurrency = 0 }],
            AutoRenew = new AutoRenew { NotifyBefore = TimeSpan.Zero },
        };
        var entry = ReadBack(new LedgerEntry { Sequence = 1, At = DateTimeOffset.UnixEpoch, Budgets = [budget] });
        Assert.Equal(0, entry.Budgets![0].Envelopes[0].Concurrency);
        Assert.Equal(0, entry.Budgets[0].AggregateCaps[0].MaxConcurrency);
    }

    [Fact]
    public void What_an_envelope_and_a_cap_leave_open_reads_back()
    {
        var budget = new Budget
        {
            Name = "b",
            Owner = "o",
            Envelopes = [new Envelope { Name = "e", Flavor = "H100", Concurrency = 8, MaxGPUHours = 0,
                PreActivation = new PreActivation { AllowReservations = true } }],
            AggregateCaps = [new AggregateCap { Name = "c", Flavor = "H100", Envelopes = ["e"] }],
        };
        var entry = ReadBack(new LedgerEntry { Sequence = 1, At = DateTimeOffset.UnixEpoch, Budgets = [budget] });
        var read = entry.Budgets![0].Envelopes[0];
        Assert.Equal((null, null, 0), (read.Start, read.End, read.MaxGPUHours));
        Assert.Equal((true, false), (read.PreActivation!.AllowReservations, read.PreActivation.AllowAdmission));
        Assert.True(read.IsOpen(DateTimeOffset.MinValue) && read.IsOpen(DateTimeOffset.MaxValue));
        Assert.Null(entry.Budgets[0].AggregateCaps[0].MaxConcurrency);
    }

    [Fact]
    public void An_entry_from_before_windows_could_be_open_reads_as_it_did()
    {
        var entry = JsonSerializer.Deserialize("""
            {"sequence":1,"at":"2026-01-05T00:00:00+00:00","previous":"",
            "budgets":[{"name":"b","owner":"o","envelopes":[
            {"name":"e","flavor":"H100","concurrency":8,"start":"2026-01-05T00:00:00+00:00",
            "end":"2026-01-06T00:00:00+00:00","preActivation":{"allowReservations":true}}],
            "aggregateCaps":[{"name":"c","flavor":"H100","envelopes":["e"],"maxConcurrency":0}]}]}
            """, LedgerJson.Default.LedgerEntry)!;
        var (read, start) = (entry.Budgets![0].Envelopes[0], new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal((start, start.AddDays(1)), (read.Start!.Value, read.End!.Value));
        Assert.False(read.TakesClaims(start.AddDays(-1)));
        Assert.True(read.TakesReservations(start.AddDays(-1)));
        Assert.Equal(0, entry.Budgets[0].AggregateCaps[0].MaxConcurrency);
    }

    [Fact]
    public void A_member_that_is_required_or_has_a_default_of_its_own_is_written_also_as_the_default_of_its_type()
    {
        var types = new[]
        {
            typeof(LedgerEntry), typeof(Demand), typeof(RunFunding), typeof(Reservation), typeof(Closing), typeof(
                Opening), typeof(OpeningLease), typeof(Lottery), typeof(Resolution), typeof(Departure),
            typeof(LeaseEnd), typeof(Node), typeof(Budget), typeof(Envelope), typeof(AggregateCap), typeof(Lending),
                typeof(PreActivation), typeof(AutoRenew), typeof(RunFact),
            typeof(RunSpec), typeof(Locality), typeof(Malleable), typeof(Follow), typeof(RuntimeHints), typeof(
                Workload),
        };
        foreach (var property in types.SelectMany(type => type.GetProperties())
            .Where(property => property.PropertyType.IsValueType && property.CanWrite))
        {
            var isRequired = property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute), false);
            var isWritten = property.GetCustomAttributes(
                typeof(System.Text.Json.Serialization.JsonIgnoreAttribute), false).Length > 0;
            // Zero is no value of these: widths, numbers and times that manifests and ledgers have from 1 on.
            var isNeverZero = property.Name is "Gpus" or "TotalGPUs" or "MinTotalGPUs" or "MaxTotalGPUs" or "StepGPUs"
                or "FirstLease" or "Sequence"
                || property.PropertyType == typeof(DateTimeOffset) || property.PropertyType == typeof(RunKey);
            Assert.True(!isRequired || isWritten || isNeverZero,
                $"{property.DeclaringType!.Name}.{property.Name} is required but left out when it is zero.");
        }
    }

    private static LedgerEntry ReadBack(LedgerEntry entry) =>
        JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(entry, LedgerJson.Default.LedgerEntry),
            LedgerJson.Default.LedgerEntry)!;
}
