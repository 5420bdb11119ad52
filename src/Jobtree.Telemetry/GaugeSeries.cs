namespace Jobtree.Telemetry;

/// <summary>A value that goes up and down. Safe from any thread, without a lock.</summary>
public sealed class GaugeSeries
{
    private double value;

    /// <summary>The value now.</summary>
    public double Value => Volatile.Read(ref value);

    /// <summary>Sets the value.</summary>
    /// <param name="to">The new value.</param>
    public void Set(double to) => Volatile.Write(ref value, to);

    /// <summary>Adds to the value.</summary>
    /// <param name="amount">How much; may be negative.</param>
    public void Add(double amount) => AtomicDouble.Add(ref value, amount);
}
