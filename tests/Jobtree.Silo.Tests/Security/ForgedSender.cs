using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Jobtree.Silo.Tests.Security;

/// <summary>Changes what a client sends: its messages come from a grain.</summary>
internal static class ForgedSender
{
    /// <summary>Stands between Orleans' client and the network.</summary>
    /// <param name="forges">Whether to change anything now.</param>
    public static Func<ConnectionDelegate, ConnectionDelegate> Around(Func<bool> forges) => next => async connection =>
    {
        var real = connection.Transport;
        var pipe = new Pipe();
        connection.Transport = new Both(real.Input, pipe.Writer);
        var sending = Send(pipe.Reader, real.Output, forges);
        await next(connection);
        await pipe.Writer.CompleteAsync();
        await sending;
    };

    private static async Task Send(PipeReader from, PipeWriter to, Func<bool> forges)
    {
        while (true)
        {
            var read = await from.ReadAsync();
            var bytes = read.Buffer.ToArray();
            from.AdvanceTo(read.Buffer.End);
            for (var at = 0; forges() && (at = Find(bytes, at)) >= 0;)
                "operations"u8.CopyTo(bytes.AsSpan(at));
            await to.WriteAsync(bytes);
            if (read.IsCompleted)
                return;
        }
    }

    private static int Find(byte[] bytes, int from) =>
        bytes.AsSpan(from).IndexOf("sys.client"u8) is var at && at < 0 ? at : from + at;

    private sealed record Both(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
