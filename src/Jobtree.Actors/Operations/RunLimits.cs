namespace Jobtree.Actors.Operations;

/// <summary>
/// What a fleet holds of open runs before it refuses more, which bounds memory and the time of the next start.
/// </summary>
/// <param name="OpenMax">The maximum number of runs that have not ended.</param>
public sealed record RunLimits(int OpenMax = 3_000_000)
{
    /// <summary>The part of the heap that open runs may take. With garbage they took twice their weight.</summary>
    private const int HeapPart = 4;

    /// <summary>About how many bytes of memory they may take.</summary>
    public long OpenBytesMax { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / HeapPart;
}
