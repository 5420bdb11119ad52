using System.Buffers;
using System.Text.Json;
using Jobtree.Manifests;

namespace Jobtree.Bench.Http;

/// <summary>Manifests as the body of one request: a single document, or a list.</summary>
internal static class RunBodies
{
    public static ReadOnlyMemory<byte> Of(IReadOnlyList<Manifest> manifests)
    {
        var buffer = new ArrayBufferWriter<byte>(512 * manifests.Count);
        using var writer = new Utf8JsonWriter(buffer);
        if (manifests.Count == 1)
            ManifestWriter.WriteJson(writer, manifests[0]);
        else
            ManifestWriter.WriteJsonList(writer, manifests);
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
