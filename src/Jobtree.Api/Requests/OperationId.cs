using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Jobtree.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Requests;

/// <summary>The id that makes a command idempotent: the header <c>Idempotency-Key</c>, or a new id.</summary>
internal static class OperationId
{
    public const string Header = "Idempotency-Key";
    public const int LengthMax = 128;

    public static bool TryRead(
        HttpRequest request, [NotNullWhen(true)] out string? operation, [NotNullWhen(false)] out ApiProblem? problem)
    {
        problem = null;
        if (!request.Headers.TryGetValue(Header, out var given))
        {
            operation = New();
            return true;
        }

        operation = given.Count == 1 && IsId(given[0]) ? given[0] : null;
        if (operation is null)
            problem = new ApiProblem(
                ProblemKind.BadRequest,
                $"The header {Header} must be given once, with 1 to {LengthMax} visible ASCII characters and no " +
                $"blanks.");
        return operation is not null;
    }

    /// <summary>Whether a text may be the id of a command.</summary>
    public static bool IsId([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= LengthMax } && !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>
    /// A UUID of version 7. Ids must differ but need not be hard to guess, since each caller has ids of its own; the
    /// system's random numbers would take a call into the kernel.
    /// </summary>
    private static string New()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.Shared.NextBytes(bytes);
        Span<byte> time = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(time, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        time[2..].CopyTo(bytes);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0f));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3f));
        return new Guid(bytes, bigEndian: true).ToString("N");
    }
}
