using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Requests;

/// <summary>Reads a whole request body. Kestrel enforces the size limit, also for chunked bodies.</summary>
internal static class Body
{
    /// <summary>Reads the body and passes it to a reader, without a copy if the body is one segment.</summary>
    public static async ValueTask<T> Read<T, TState>(
        HttpRequest request, TState state, Func<ReadOnlyMemory<byte>, TState, T> read, CancellationToken cancellation)
    {
        var pipe = request.BodyReader;
        while (true)
        {
            var result = await Next(pipe, cancellation);
            if (result.IsCompleted)
                return Take(pipe, result.Buffer, state, read);
            pipe.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static async ValueTask<ReadResult> Next(PipeReader pipe, CancellationToken cancellation)
    {
        try
        {
            return await pipe.ReadAsync(cancellation);
        }
        catch (IOException broken) when (broken is not BadHttpRequestException)
        {
            // Kestrel reports a chunk whose size overflows this way. It is the client's fault, unlike an IOException of
            // the fleet's storage.
            throw new BadHttpRequestException("The body cannot be read.", broken);
        }
    }

    private static T Take<T, TState>(
        PipeReader pipe, ReadOnlySequence<byte> buffer, TState state, Func<ReadOnlyMemory<byte>, TState, T> read)
    {
        try
        {
            return read(buffer.IsSingleSegment ? buffer.First : buffer.ToArray(), state);
        }
        finally
        {
            pipe.AdvanceTo(buffer.End);
        }
    }
}
