using Jobtree.Api;
using Jobtree.Api.Access;
using Jobtree.Execution;

namespace Jobtree.Silo.Commands;

/// <summary>What <c>up</c> was asked for.</summary>
/// <param name="Folder">The data folder.</param>
/// <param name="Api">How the API is served.</param>
/// <param name="Executor">The executor asked for; absent: as the folder remembers, else external.</param>
/// <param name="SimulatedDuration">How long a simulated run takes that does not say.</param>
/// <param name="Empty">Whether a new folder begins without the demo fleet.</param>
/// <param name="SnapshotEvery">After how many journal records a snapshot is taken.</param>
/// <param name="OpenRunsMax">The most runs that wait or run.</param>
internal sealed record UpSettings(string Folder, ApiOptions Api, ExecutorKind? Executor, TimeSpan SimulatedDuration,
    bool Empty, long SnapshotEvery, int OpenRunsMax)
{
    /// <summary>Refuses what cannot be, before anything is touched.</summary>
    /// <exception cref="ArgumentException">The options do not fit together.</exception>
    /// <exception cref="TokenFileException">The token file cannot be used.</exception>
    public void Check()
    {
        if (Api.Validate() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join(' ', errors));
        if (Executor == ExecutorKind.Process && Api.TokenFile is null)
            throw new ArgumentException(
                "--executor process needs --token-file: every user of this machine could run programs as this one. "
                + "Make a file with 'jobtree-silo token'.");
        if (Api.TokenFile is { } tokens)
            TokenFile.Read(tokens);
        ServerCertificate.Read(Api);
    }
}
