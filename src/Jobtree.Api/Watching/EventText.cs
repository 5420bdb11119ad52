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

/// <summary>Server-sent events. Data is JSON on one line, so nothing in it can end an event early.</summary>
internal static class EventText
{
    /// <summary>A change.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="change">The change.</param>
    /// <param name="id">The version to go on behind for one who has seen everything up to here.</param>
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
