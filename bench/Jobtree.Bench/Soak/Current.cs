namespace Jobtree.Bench.Soak;

/// <summary>The address of a host that is started again and again.</summary>
internal sealed class Current(Uri address)
{
    private volatile Uri now = address;

    /// <summary>The address of the host that was started last.</summary>
    public Uri Now => now;

    /// <summary>Another host has taken over.</summary>
    public void Move(Uri to) => now = to;
}
