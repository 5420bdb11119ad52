using System.Diagnostics;
using Jobtree.Bench.Load;
using Jobtree.Bench.Measuring;
using Jobtree.Manifests;

namespace Jobtree.Bench.Http;

/// <summary>One connection that always has one request outstanding.</summary>
internal sealed class Submitter(LeanConnection connection, RunMix mix, int batch) : IDisposable
{
    private readonly Manifest[] manifests = new Manifest[batch];

    /// <summary>From request to answer, of the last time it ran.</summary>
    public Latencies Latencies { get; } = new();

    public async Task Run(TimeSpan duration)
    {
        Latencies.Clear();
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < duration)
        {
            for (var i = 0; i < batch; i++)
            {
                var (key, owner, spec) = mix.Next();
                manifests[i] = new RunManifest(key, spec with { Owner = owner });
            }
            var body = RunBodies.Of(manifests);
            var sent = Stopwatch.GetTimestamp();
            if (!await connection.Post(body))
                throw new InvalidOperationException("The host had no answer within its time limit.");
            Latencies.AddSince(sent);
        }
    }

    public void Dispose() => connection.Dispose();
}
