using System.Diagnostics;
using Jobtree.Bench.Http;
using Jobtree.Manifests;

namespace Jobtree.Bench.Kueue;

/// <summary>
/// Submits workloads when they are due: what is due at a tick goes out in one request, or several when it is much.
/// While the host is slow to answer on every connection, more becomes due, and the next requests grow.
/// </summary>
internal sealed class KueueFeeder(IReadOnlyList<(TimeSpan At, RunManifest Run)> workloads)
{
    public const int Connections = 4;
    private const int RunsPerRequest = 250;
    private readonly Lock gate = new();
    private long began;
    private int taken;
    private int unanswered;

    public static TimeSpan Tick { get; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Requests sent.</summary>
    public int Requests { get; private set; }

    /// <summary>Requests that the host did not answer in its time, and that were sent again.</summary>
    public int Unanswered => unanswered;

    /// <summary>The longest that a workload was sent after its time.</summary>
    public TimeSpan BehindMax { get; private set; }

    public async Task Run(Uri host)
    {
        began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(() => Feed(host))));
    }

    private async Task Feed(Uri host)
    {
        using var connection = await LeanConnection.Open(host, "/v1/manifests");
        using var ticks = new PeriodicTimer(Tick);
        while (Take() is { } due)
        {
            if (due.Count == 0)
                await ticks.WaitForNextTickAsync();
            else
                await Send(connection, RunBodies.Of(due));
        }
    }

    /// <summary>Sends until the host has taken it: a run that is submitted again as it was is no change.</summary>
    private async Task Send(LeanConnection connection, ReadOnlyMemory<byte> body)
    {
        while (!await connection.Post(body))
            Interlocked.Increment(ref unanswered);
    }

    /// <summary>What is due and not taken yet, in order; null: all is taken.</summary>
    private List<Manifest>? Take()
    {
        lock (gate)
        {
            if (taken == workloads.Count)
                return null;
            var now = Stopwatch.GetElapsedTime(began);
            var due = new List<Manifest>();
            var behind = now - workloads[taken].At;
            for (; taken < workloads.Count && workloads[taken].At <= now && due.Count < RunsPerRequest; taken++)
                due.Add(workloads[taken].Run);
            if (due.Count > 0)
            {
                Requests++;
                BehindMax = behind > BehindMax ? behind : BehindMax;
            }
            return due;
        }
    }
}
