using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger.Reading;

/// <summary>
/// Says of a run that was cut how the envelopes stood that its claims were on. All of it is replayed from the ledger:
/// what budgets say today does not matter.
/// </summary>
internal static class CutFunding
{
    /// <summary>A sentence for each envelope and class, without a full stop; empty if the run did not run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="before">The state before the entry that cut it. The entry is then applied to it.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="link">The link of the entry's bytes.</param>
    public static IReadOnlyList<string> Of(RunKey run, FlavorState before, LedgerEntry entry, string link)
    {
        if (!before.Running.TryGetValue(run, out var running))
            return [];
        var claims = running.Leases.GroupBy(lease => (lease.Payer, Class: before.Funding.ClassOf(lease.Id)))
            .Select(claims => new Claims(claims.Key.Payer, claims.Key.Class, [.. claims.Select(lease => lease.Gpus())],
                claims.Key.Payer is { } payer ? FundedOn(before, payer) : 0))
            .OrderBy(claims => claims.Payer?.ToString(), StringComparer.Ordinal).ThenBy(claims => claims.Class)
            .ToArray();
        before.Apply(entry, link, new FlavorEffects());
        return [.. claims.Select(some => some.Payer is { } payer ? OnEnvelope(some, payer, before, entry)
            : $"its family had no envelope for {some}")];
    }

    private static string OnEnvelope(Claims claims, EnvelopeKey payer, FlavorState after, LedgerEntry entry)
    {
        if (after.Funding.TermsOf(payer) is not { } terms)
            return $"{payer} was gone, and with it what paid for {claims}";
        if (!terms.IsOpen(entry.At))
            return $"{payer} was outside its window and funded nothing: not {claims}";
        var funds = EntrySentences.Text($"of its {Counted.Of(terms.Concurrency, "GPU")}");
        if (claims.Class == FundingClass.Unfunded)
            return EntrySentences.Text($"{payer} funded {claims.FundedBeside} {funds}; ")
                + (claims.FundedBeside + claims.Least > terms.Concurrency ? $"{claims} was beyond that"
                    : $"a cap over it, or what it shares and lends, left no room for {claims}");
        var now = FundedOn(after, payer);
        return entry.Open?.Starts() is { } starts && now + claims.Most > terms.Concurrency
            ? EntrySentences.Text($"{payer} funds {now} {funds} now that {starts} comes before it there; ")
                + $"{claims} would be beyond that"
            : $"{payer} did fund {claims}, but a run is cut whole";
    }

    private static int FundedOn(FlavorState state, EnvelopeKey payer)
    {
        var gpus = state.Funding.UseOf(payer).Gpus;
        return (int)(gpus.Total() - gpus.Unfunded);
    }

    /// <summary>Claims of the run on one envelope, of one class.</summary>
    /// <param name="Payer">The envelope; null: none.</param>
    /// <param name="Class">The class before the cut.</param>
    /// <param name="Gpus">The GPUs of each.</param>
    /// <param name="FundedBeside">The GPUs that the envelope funded before the cut.</param>
    private sealed record Claims(EnvelopeKey? Payer, FundingClass Class, int[] Gpus, int FundedBeside)
    {
        public int Least => Gpus.Min();

        public int Most => Gpus.Max();

        public override string ToString() => Gpus.Length == 1
            ? $"its claim of {Counted.Of(Gpus[0], "GPU")}"
            : EntrySentences.Text($"each of its {Gpus.Length} claims, ")
                + $"{Counted.Of(Gpus.Sum(), "GPU")} in all,";
    }
}
