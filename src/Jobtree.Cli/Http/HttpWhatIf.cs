using System.Text.Json;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Json;
using Jobtree.Manifests;
using Jobtree.Manifests.Reading;

namespace Jobtree.Cli.Http;

/// <summary>The body of a what-if request.</summary>
internal static class HttpWhatIf
{
    /// <summary>A question as JSON.</summary>
    public static byte[] Body(WhatIfQuestion question)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer, question);
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, WhatIfQuestion question)
    {
        writer.WriteStartObject();
        if (question.Manifests.Count > 0)
        {
            writer.WriteStartArray("manifests");
            foreach (var manifest in question.Manifests)
                ManifestWriter.WriteJson(writer, manifest);
            writer.WriteEndArray();
        }
        if (question.Again)
            writer.WriteBoolean("again", true);
        if (question.Nodes.Count > 0)
            WriteNodes(writer, question.Nodes);
        WriteTexts(writer, "withoutBudgets", question.WithoutBudgets);
        WriteTexts(writer, "withoutRuns", [.. question.WithoutRuns.Select(run => run.ToString())]);
        writer.WriteString("horizon", Duration.Format(question.Horizon));
        writer.WriteEndObject();
    }

    private static void WriteNodes(Utf8JsonWriter writer, IReadOnlyList<NodeChange> nodes)
    {
        writer.WriteStartArray("nodes");
        foreach (var node in nodes)
        {
            writer.WriteStartObject();
            writer.WriteString("node", node.Node);
            writer.WriteString("state", node.State.ToString());
            if (node.EmptyBy is { } by)
                writer.WriteString("emptyBy", Timestamp.Format(by));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            return;
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
