namespace Jobtree.Simulation.Faults.Time;

/// <summary>
/// Random numbers by key instead of in a sequence: the same seed and keys give the same number, whatever else is drawn.
/// So a life that is changed a little, as shrinking does, mostly keeps its other accidents.
/// </summary>
/// <param name="seed">The seed.</param>
internal readonly struct Chance(ulong seed)
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;
    private const int MantissaBits = 53;

    /// <summary>A stable number for a name; strings' own hash codes differ between processes.</summary>
    /// <param name="name">The name.</param>
    public static ulong KeyOf(string name)
    {
        var hash = FnvOffset;
        foreach (var unit in name)
            hash = (hash ^ unit) * FnvPrime;
        return hash;
    }

    /// <summary>The numbers of one part of what is drawn.</summary>
    /// <param name="key">The part's key.</param>
    public Chance For(ulong key) => new(Number(key));

    /// <summary>A number of 64 bits, all equally likely.</summary>
    /// <param name="key">The key.</param>
    /// <param name="index">A second key.</param>
    public ulong Number(ulong key, ulong index = 0) => Mix(Mix(seed + key) + index);

    /// <summary>A number below a bound.</summary>
    /// <param name="bound">At least 1.</param>
    /// <param name="key">The key.</param>
    /// <param name="index">A second key.</param>
    public long Below(long bound, ulong key, ulong index = 0) => (long)(Number(key, index) % (ulong)bound);

    /// <summary>Whether something of a probability happens.</summary>
    /// <param name="probability">From 0 to 1.</param>
    /// <param name="key">The key.</param>
    /// <param name="index">A second key.</param>
    public bool Hits(double probability, ulong key, ulong index = 0) =>
        probability > 0 && (Number(key, index) >> (64 - MantissaBits)) < probability * (1UL << MantissaBits);

    /// <summary>The item that a key picks: the others can come and go without changing it.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="items">The items.</param>
    /// <param name="key">The key.</param>
    /// <returns>The item; the default if there is none.</returns>
    public T? Pick<T>(IEnumerable<T> items, ulong key)
        where T : notnull
    {
        var (best, found, chance) = (0UL, default(T), For(key));
        foreach (var item in items)
        {
            var weight = chance.Number(KeyOf(item.ToString()!)) | 1;
            if (weight > best)
                (best, found) = (weight, item);
        }
        return found;
    }

    /// <summary>The last steps of SplitMix64.</summary>
    private static ulong Mix(ulong bits)
    {
        bits += 0x9e3779b97f4a7c15;
        bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
        bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
        return bits ^ (bits >> 31);
    }
}
