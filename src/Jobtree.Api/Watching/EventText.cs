using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Manifests;

namespace Jobtree.Api.Watching;

/// <summary>Server-sent events. The data is JSON on one line, so it cannot end an event early.</summary>
internal static class EventText
{
    /// <summary>Writes a change.</summary>
    /// <param name="to">The destination.</param>
    /// <param name="change">The change.</param>
    /// <param name="id">The version to resume after, for a client that has received every change up to this
    /// one.</param>
    public static void Change(PipeWriter to, RunChange change, long id)
    {
        to.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {id}\nevent: run\ndata: ")));
        Data(to, writer => ManifestWriter.WriteJson(writer, change.Run));
    }

    public static void Problem(PipeWriter to, ApiProblem problem)
    {
        to.Write("event: expired\ndata: "u8);
        Data(to, writer => ProblemWriter.Write(writer, problem));
    }

    public static void Alive(PipeWriter to) => to.Write(": alive\n\n"u8);

    private static void Data(PipeWriter to, Action<Utf8JsonWriter> body)
    {
        to.Write(JsonBody.ToBytes(body));
        to.Write("\n\n"u8);
    }
}
