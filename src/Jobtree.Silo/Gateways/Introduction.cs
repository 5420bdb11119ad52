using System.Buffers;
using System.IO.Pipelines;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace Jobtree.Silo.Gateways;

/// <summary>
/// Closes a connection of the cluster on which nobody has introduced himself for a while. TLS has such a limit for its
/// handshake; Orleans would wait for an introduction without end.
/// </summary>
/// <param name="port">What the port is for, as metrics have it.</param>
/// <param name="metrics">Counts what was closed.</param>
/// <param name="time">Measures the time.</param>
internal sealed class Introduction(string port, FleetMetrics metrics, TimeProvider time)
{
    /// <summary>How long an introduction may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>Stands between TLS and what Orleans does with a connection.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        var transport = connection.Transport;
        using var timer = time.CreateTimer(_ =>
        {
            metrics.Failed(port, "silent-connection", "warning");
            connection.Abort(new ConnectionAbortedException("Nobody introduced himself."));
        }, null, Timeout, System.Threading.Timeout.InfiniteTimeSpan);
        connection.Transport = new Awaited(new Reader(transport.Input, timer), transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    };

    private sealed record Awaited(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Stops the timer when more was taken than the length with which an introduction begins.</summary>
    private sealed class Reader(PipeReader inner, ITimer timer) : PipeReader
    {
        private ReadOnlySequence<byte> last;
        private long taken;

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var result = await inner.ReadAsync(cancellationToken);
            last = result.Buffer;
            return result;
        }

        public override bool TryRead(out ReadResult result)
        {
            var has = inner.TryRead(out result);
            if (has)
                last = result.Buffer;
            return has;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            if (taken <= sizeof(int) && (taken += last.Slice(last.Start, consumed).Length) > sizeof(int))
                timer.Dispose();
            last = default;
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }
}
