using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Requests;

/// <summary>Writes JSON straight into the response's buffers.</summary>
internal static class JsonBody
{
    // Answers are never embedded in HTML (the content type and nosniff say so), and names stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true };

    public static async Task Write(HttpResponse response, Action<Utf8JsonWriter> body)
    {
        await using (var writer = new Utf8JsonWriter(response.BodyWriter, Options))
            body(writer);
        await response.BodyWriter.FlushAsync();
    }

    /// <summary>One document as bytes, for places that cannot be written twice.</summary>
    public static byte[] ToBytes(Action<Utf8JsonWriter> body)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
            body(writer);
        return buffer.WrittenSpan.ToArray();
    }
}
