using System.Numerics;
using Jobtree.Core.Model;

namespace Jobtree.Silo.Histories;

/// <summary>
/// Tells of most names without a look into the database that no run of that name has ended: a Bloom filter, since
/// nearly every submitted run is new. It takes as much memory however many runs ever ended; when there are very many
/// it merely tells of fewer. Any thread may use it.
/// </summary>
/// <param name="expected">About how many names there are at first.</param>
internal sealed class EndedNames(long expected)
{
    private const int BitsPerName = 16;
    private const int BitsPerWord = 64;
    private const int Probes = 4;

    /// <summary>4 MiB, which serve two million names.</summary>
    private const long BitsMin = 1L << 25;

    /// <summary>16 MiB. With twenty million names one in twenty new ones is looked up in vain.</summary>
    private const long BitsMax = 1L << 27;

    private readonly ulong[] words = new ulong[BitOperations.RoundUpToPowerOf2(
        (ulong)Math.Clamp(expected * BitsPerName, BitsMin, BitsMax)) / BitsPerWord];
    private volatile bool isWhole;

    /// <summary>Every name was added that was there before; until then any name may have ended.</summary>
    public void Complete() => isWhole = true;

    /// <summary>Adds the name of a run that has ended.</summary>
    public void Add(RunKey run)
    {
        var hash = HashOf(run);
        for (var probe = 0; probe < Probes; probe++)
            Interlocked.Or(ref WordOf(hash, probe), BitOf(hash, probe));
    }

    /// <summary>Whether a run of this name may have ended; false: none has.</summary>
    public bool MayHave(RunKey run)
    {
        if (!isWhole)
            return true;
        var hash = HashOf(run);
        for (var probe = 0; probe < Probes; probe++)
        {
            if ((Volatile.Read(ref WordOf(hash, probe)) & BitOf(hash, probe)) == 0)
                return false;
        }
        return true;
    }

    /// <summary>The strings' hashes of this process, mixed so that each bit depends on both.</summary>
    private static ulong HashOf(RunKey run)
    {
        var hash = ((ulong)(uint)run.Namespace.GetHashCode(StringComparison.Ordinal) << 32)
            | (uint)run.Name.GetHashCode(StringComparison.Ordinal);
        hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
        hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
        return hash ^ (hash >> 31);
    }

    private ref ulong WordOf(ulong hash, int probe) =>
        ref words[(long)(PlaceOf(hash, probe) / BitsPerWord) & (words.LongLength - 1)];

    private static ulong BitOf(ulong hash, int probe) => 1UL << (int)(PlaceOf(hash, probe) % BitsPerWord);

    /// <summary>Places by double hashing: the halves of one hash give any number of them.</summary>
    private static ulong PlaceOf(ulong hash, int probe) => (hash & uint.MaxValue) + ((ulong)probe * ((hash >> 32) | 1));
}
