using Jobtree.Simulation.Replay;

namespace Jobtree.Simulation.Commands;

/// <summary>What the command line asked for.</summary>
/// <param name="TracePath">The trace file.</param>
/// <param name="Options">The fleet and the rules.</param>
/// <param name="OutputDirectory">Where the report goes.</param>
/// <param name="WithBaselines">Whether to run the baselines too.</param>
/// <param name="Limit">How many of the first arrivals to replay.</param>
internal sealed record ReplayRequest(
    string TracePath, ReplayOptions Options, string OutputDirectory, bool WithBaselines, int Limit);
