using System.Globalization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>
/// What grants allow. An owner with a grant, and those below it, may have no more GPUs in open envelopes at any instant
/// than is granted for that flavor and instant. An owner that was never granted anything has no ceiling.
/// </summary>
public static class Ceilings
{
    /// <summary>Finds an instant, from now on, at which a change of budgets raises envelopes beyond a grant.</summary>
    /// <param name="before">All budgets before the change.</param>
    /// <param name="after">All budgets after it.</param>
    /// <param name="now">The present instant; the past is not looked at.</param>
    /// <returns>A sentence; null: there is none. What was beyond a grant before may stay as it is.</returns>
    public static string? FindExcess(
        IReadOnlyCollection<Budget> before, IReadOnlyCollection<Budget> after, DateTimeOffset now)
    {
        var grants = after.SelectMany(budget => budget.Grants ?? []).ToArray();
        foreach (var owner in grants.Select(grant => grant.To).Distinct().Order(StringComparer.Ordinal))
        {
            var granted = grants.Where(grant => grant.To == owner).ToArray();
            var (was, will) = (EnvelopesOf(owner, before), EnvelopesOf(owner, after));
            foreach (var flavor in will.Select(envelope => envelope.Flavor).Distinct().Order(StringComparer.Ordinal))
            {
                if (FindExcess(owner, flavor, granted, was, will, now) is { } excess)
                    return excess;
            }
        }
        return null;
    }

    private static string? FindExcess(string owner, string flavor, IReadOnlyList<Grant> granted,
        IReadOnlyList<Envelope> was, IReadOnlyList<Envelope> will, DateTimeOffset now)
    {
        // Sums change at these instants only.
        var instants = will.SelectMany(envelope => new[] { envelope.Start, envelope.End })
            .Concat(was.SelectMany(envelope => new[] { envelope.Start, envelope.End }))
            .Concat(granted.SelectMany(grant => new[] { grant.Start, grant.End }))
            .OfType<DateTimeOffset>().Where(instant => instant > now).Append(now).Distinct().Order();
        foreach (var at in instants)
        {
            var most = granted.Where(grant => grant.Flavor == flavor && grant.IsFor(at))
                .Sum(grant => (long)grant.Concurrency);
            var sum = OpenAt(will, flavor, at);
            if (sum > most && sum > OpenAt(was, flavor, at))
                return string.Create(CultureInfo.InvariantCulture,
                    $"The envelopes of {owner} and those below it would have {sum} {flavor} GPUs at "
                    + $"{at.UtcDateTime:u}; it is granted {most} then.");
        }
        return null;
    }

    private static Envelope[] EnvelopesOf(string owner, IEnumerable<Budget> budgets) =>
        [.. budgets.Where(budget => OwnerPattern.IsAtOrBelow(budget.Owner, owner))
            .SelectMany(budget => budget.Envelopes)];

    private static long OpenAt(IEnumerable<Envelope> envelopes, string flavor, DateTimeOffset at) =>
        envelopes.Where(envelope => envelope.Flavor == flavor && envelope.IsOpen(at))
            .Sum(envelope => (long)envelope.Concurrency);
}
