using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Jobtree.Core.Model;
using Jobtree.Journal;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Load;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.OneMachine;

/// <summary>
/// What must hold of a silo with its journal on a disk once the faults are over and the load has stopped: the folder
/// is whole, and the silo shows every run as it was acknowledged, and no other.
/// </summary>
internal sealed class FolderCheck(SiloProcess silo, ApiClients api, RunBook book, Findings findings)
{
    private const int PageRuns = 500;
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan ListPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>How many records the journal had when it was last read.</summary>
    public long Records { get; private set; }

    /// <summary>Waits until the silo says that it is ready.</summary>
    public async Task Ready(CancellationToken cancellation)
    {
        string? said = null;
        await Until(ReadyPatience, async () =>
        {
            var answer = await api.Ask(silo, "/readyz", cancellation);
            said = answer is { } known ? $"{(int)known.Status} {known.Body}" : "no answer";
            return answer?.Status == HttpStatusCode.OK;
        }, () => $"The silo was not ready {ReadyPatience.TotalSeconds:0} s after its disk was well again: {said}",
            cancellation);
    }

    /// <summary>Checks the runs of a namespace, and reads the whole folder beside the silo.</summary>
    public async Task Round(string ns, CancellationToken cancellation)
    {
        string? wrong = null;
        await Until(ListPatience, async () => (wrong = await Difference(ns, cancellation)) is null,
            () => $"invariant 12: {wrong}", cancellation);
        var report = await Task.Run(() => FolderAudit.Run(silo.Data, cancellation: cancellation), cancellation);
        Records = report.Records;
        foreach (var violation in report.Violations)
            findings.Add($"invariant {violation.Invariant}, {violation.Where}: {violation.What}");
        if (await api.Ask(silo, "/v1/audit", cancellation) is not { Status: HttpStatusCode.OK } answer)
        {
            findings.Add("The silo does not answer to an audit.");
            return;
        }
        using var live = JsonDocument.Parse(answer.Body);
        foreach (var violation in live.RootElement.GetProperty("violations").EnumerateArray())
            findings.Add($"Audit of the silo: {violation.GetRawText()}");
    }

    private async Task<string?> Difference(string ns, CancellationToken cancellation)
    {
        if (await List($"/v1/runs?namespace={ns}", cancellation) is not { } listed
            || await List($"/v1/history?namespace={ns}", cancellation) is not { } history)
            return "the silo does not list";
        if (listed.GroupBy(run => run.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            return $"{ns}/{twice.Key} is listed {twice.Count()} times";
        // What ended long ago, or is large, is not listed any more; the history has each submission once.
        if (history.GroupBy(run => run.Name).FirstOrDefault(same => same.Count() > 1) is { } again)
            return $"{ns}/{again.Key} has ended {again.Count()} times";
        var phases = history.Concat(listed).DistinctBy(run => run.Name).ToDictionary(run => run.Name, run => run.Phase);
        foreach (var name in phases.Keys)
        {
            if (book.Find(new RunKey(ns, name)) is null)
                return $"{ns}/{name} is listed, and nobody submitted it";
        }
        foreach (var run in book.Runs.Where(run => run.Key.Namespace == ns))
        {
            var phase = phases.GetValueOrDefault(run.Key.Name);
            if (run.Standing is Standing.Acknowledged or Standing.Ended && phase is null)
                return $"{run.Key} was acknowledged and is not there";
            if (run.Standing == Standing.Ended
                && phase is not (nameof(RunPhase.Completed) or nameof(RunPhase.Failed)))
                return $"the end of {run.Key} was acknowledged, and it is {phase}";
        }
        return null;
    }

    private async Task<IReadOnlyList<(string Name, string Phase)>?> List(string path, CancellationToken cancellation)
    {
        var found = new List<(string, string)>();
        for (string? next = ""; next is not null;)
        {
            if (await api.Ask(silo, $"{path}&limit={PageRuns}{next}", cancellation)
                is not { Status: HttpStatusCode.OK } answer)
                return null;
            using var page = JsonDocument.Parse(answer.Body);
            foreach (var item in page.RootElement.GetProperty("items").EnumerateArray())
                found.Add((item.GetProperty("metadata").GetProperty("name").GetString()!,
                    item.GetProperty("status").GetProperty("phase").GetString()!));
            next = page.RootElement.TryGetProperty("continue", out var more) && more.GetString() is { } cursor
                ? $"&continue={Uri.EscapeDataString(cursor)}" : null;
        }
        return found;
    }

    private async Task Until(
        TimeSpan patience, Func<Task<bool>> holds, Func<string> otherwise, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(began) > patience)
            {
                findings.Add(otherwise());
                return;
            }
            await Task.Delay(Pause, cancellation);
        }
    }
}
