namespace Jobtree.Simulation.Tests;

internal sealed class Silent : IProgress<double>
{
    public static Silent Progress { get; } = new();

    public void Report(double value)
    {
    }
}
