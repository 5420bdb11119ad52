using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests.Traces;

/// <summary>Small traces made for the tests, in the formats of real ones.</summary>
internal static class SampleTraces
{
    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "Samples", name);

    public static JobTrace Read(string name) => TraceReader.Read(Path(name));
}
