using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Api.Watching;
using Jobtree.Core.Model;
using Jobtree.Telemetry;
using Microsoft.Extensions.Hosting;

namespace Jobtree.Api.Routes;

/// <summary>The output files of runs, as far as the executor retains them.</summary>
internal sealed class LogRoutes(IOperations operations, ManifestAccess access, IRunLogs? logs, FleetMetrics metrics,
    IHostApplicationLifetime lifetime)
{
    private const int ReadersMax = 256;
    private const string Tag = "Logs";
    private const string Path = "/v1/runs/{namespace}/{name}/logs";

    private readonly StreamDoor door = new(ReadersMax,
        $"Files of output have {ReadersMax} readers at most, and one token a quarter of them; read again later.",
        "slow-log-reader", metrics, lifetime);

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", Path, Tag, "List the files that a run's processes wrote", List) { Answer = "LogList" },
        new("GET", Path + "/{**file}", Tag, "Read one of these files", Read) { Answer = "Text",
            AnswerType = "text/plain", StreamType = "text/plain", IsStream = static _ => true },
    ];

    private async Task<Reply> List(ApiRequest request) =>
        await Find(request) is var (run, files, problem) && problem is null
            ? Reply.Json(writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray("items");
                foreach (var file in files)
                    writer.WriteStringValue(file);
                writer.WriteEndArray();
                writer.WriteEndObject();
            })
            : problem!;

    private Task<Reply> Read(ApiRequest request) =>
        door.Serve(request.Http, request.Caller, cancellation => Send(request, cancellation));

    private async Task<Reply> Send(ApiRequest request, CancellationToken cancellation)
    {
        var (run, files, problem) = await Find(request);
        if (problem is not null)
            return problem;
        // Only listed files can be opened, so a path cannot escape the folder.
        var file = request.PathValue("file");
        var stream = Names.IsLogFile(file) && files.Contains(file) ? logs!.Open(run, file) : null;
        if (stream is null)
            return new ApiProblem(ProblemKind.NotFound, $"The run {run} has no such file; its list is at …/logs.");
        await using (stream)
        {
            request.Http.Response.ContentType = MediaTypes.Text;
            await stream.CopyToAsync(request.Http.Response.Body, cancellation);
        }

        return Reply.Written;
    }

    private async Task<(RunKey Run, IReadOnlyList<string> Files, ApiProblem? Problem)> Find(ApiRequest request)
    {
        if (!request.TryRun(out var run, out var wrong))
            return (run, [], wrong);
        if (await access.Visible(request.Caller, run, request.Cancellation) is { } hidden)
            return (run, [], ApiProblem.From(hidden));
        if (!(await operations.GetRun(run, request.Cancellation)).Succeeded(out _, out var missing))
            return (run, [], ApiProblem.From(missing));
        return (run, logs?.List(run) ?? [], null);
    }
}
