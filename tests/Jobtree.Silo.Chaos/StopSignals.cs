using System.Runtime.InteropServices;

namespace Jobtree.Silo.Chaos;

/// <summary>
/// Ctrl-C and SIGTERM, in two steps: the first ends the faults, and what was done is still checked and summed up; the
/// second ends everything.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource enough = new();
    private readonly CancellationTokenSource atOnce = new();
    private readonly PosixSignalRegistration[] registrations;

    public StopSignals() => registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Take),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take)];

    /// <summary>No more faults.</summary>
    public CancellationToken Enough => enough.Token;

    /// <summary>Nothing more.</summary>
    public CancellationToken AtOnce => atOnce.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        enough.Dispose();
        atOnce.Dispose();
    }

    private void Take(PosixSignalContext signal)
    {
        signal.Cancel = true;
        (enough.IsCancellationRequested ? atOnce : enough).Cancel();
    }
}
