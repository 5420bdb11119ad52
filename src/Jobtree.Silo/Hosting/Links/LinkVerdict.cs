namespace Jobtree.Silo.Hosting.Links;

/// <summary>
/// Who must leave a cluster in which some members do not reach each other although all of them live, so that those who
/// stay do. All silos decide alike, from what all of them said.
/// </summary>
internal static class LinkVerdict
{
    /// <summary>
    /// Again and again the one with the most broken links, until none is left; of several, the one that began last.
    /// A link is broken if one of the two does not reach the other.
    /// </summary>
    /// <param name="said">What the living members said.</param>
    public static IReadOnlySet<string> Losers(IReadOnlyList<SiloLinks> said)
    {
        var staying = said.ToList();
        var losers = new HashSet<string>();
        while (staying.Count > 0)
        {
            var worst = staying.OrderByDescending(silo => Broken(silo, staying))
                .ThenByDescending(silo => silo.Generation).ThenByDescending(silo => silo.Silo, StringComparer.Ordinal)
                .First();
            if (Broken(worst, staying) == 0)
                break;
            staying.Remove(worst);
            losers.Add(worst.Silo);
        }
        return losers;
    }

    private static int Broken(SiloLinks silo, List<SiloLinks> among) => among.Count(other => other != silo
        && (silo.Unreached.Contains(other.Silo) || other.Unreached.Contains(silo.Silo)));
}
