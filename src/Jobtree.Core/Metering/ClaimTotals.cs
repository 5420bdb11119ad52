using Jobtree.Core.Model;

namespace Jobtree.Core.Metering;

/// <summary>
/// What the claims of one run on one envelope used, by class. The sums are whole GPU-ticks (a tick is 100 ns), so that
/// they add up without rounding.
/// </summary>
/// <param name="payer">The envelope; null: none.</param>
/// <param name="payerOwner">The owner of the envelope's budget at that time; null: there was no envelope.</param>
/// <param name="run">The run.</param>
/// <param name="owner">The run's owner.</param>
public sealed class ClaimTotals(EnvelopeKey? payer, string? payerOwner, RunKey run, string owner)
{
    private readonly Int128[] ticks = new Int128[Enum.GetValues<FundingClass>().Length];

    /// <summary>The envelope; null: none.</summary>
    public EnvelopeKey? Payer => payer;

    /// <summary>The owner of the envelope's budget at that time; null: there was no envelope.</summary>
    public string? PayerOwner => payerOwner;

    /// <summary>The run.</summary>
    public RunKey Run => run;

    /// <summary>The run's owner.</summary>
    public string Owner => owner;

    /// <summary>GPU-ticks of one class.</summary>
    /// <param name="fundingClass">The class.</param>
    public Int128 Of(FundingClass fundingClass) => ticks[(int)fundingClass];

    /// <summary>GPU-seconds by class.</summary>
    /// <param name="totals">What to sum.</param>
    public static ClassSplit GpuSeconds(IEnumerable<ClaimTotals> totals)
    {
        var sums = new Int128[4];
        foreach (var total in totals)
        {
            for (var i = 0; i < sums.Length; i++)
                sums[i] += total.ticks[i];
        }
        return new ClassSplit(Seconds(sums[(int)FundingClass.Owned]), Seconds(sums[(int)FundingClass.Shared]),
            Seconds(sums[(int)FundingClass.Borrowed]), Seconds(sums[(int)FundingClass.Unfunded]));
    }

    internal void Add(FundingClass fundingClass, Int128 gpuTicks) => ticks[(int)fundingClass] += gpuTicks;

    private static double Seconds(Int128 gpuTicks) => (double)gpuTicks / TimeSpan.TicksPerSecond;

    internal readonly record struct Key(EnvelopeKey? Payer, string? PayerOwner, RunKey Run);
}
