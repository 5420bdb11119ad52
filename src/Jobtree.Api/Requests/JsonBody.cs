using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Requests;

/// <summary>Writes JSON directly to the response's buffers.</summary>
internal static class JsonBody
{
    // Responses are never embedded in HTML (see the content type and nosniff), so names can stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true };

    public static async Task Write(HttpResponse response, Action<Utf8JsonWriter> body)
    {
        await using (var writer = new Utf8JsonWriter(response.BodyWriter, Options))
            body(writer);
        await response.BodyWriter.FlushAsync();
    }

    /// <summary>A document as bytes, for destinations that cannot be written twice.</summary>
    public static byte[] ToBytes(Action<Utf8JsonWriter> body)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
            body(writer);
        return buffer.WrittenSpan.ToArray();
    }
}
