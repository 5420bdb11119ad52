using Jobtree.Api;
using Jobtree.Embedded.Executors;

namespace Jobtree.Embedded.Commands;

/// <summary>What <c>up</c> was asked for.</summary>
/// <param name="Folder">The data folder.</param>
/// <param name="Api">How the API is served.</param>
/// <param name="Executor">The executor asked for; absent: as the folder remembers, else external.</param>
/// <param name="SimulatedDuration">How long a simulated run takes that does not say.</param>
/// <param name="Empty">Whether a new folder begins without the demo fleet.</param>
/// <param name="SnapshotEvery">After how many journal records a snapshot is taken.</param>
/// <param name="OpenRunsMax">The most runs that wait or run.</param>
internal sealed record UpSettings(string Folder, ApiOptions Api, ExecutorKind? Executor, TimeSpan SimulatedDuration, bool Empty, long SnapshotEvery, int OpenRunsMax);
