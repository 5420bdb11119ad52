using System.Diagnostics;
using System.Net;
using Jobtree.Bench.Http;
using Jobtree.Bench.Load;
using Jobtree.Manifests;

namespace Jobtree.Bench.Soak;

/// <summary>Submits runs at a steady rate, and repeats what was not answered until it is.</summary>
/// <param name="address">Where the host is.</param>
/// <param name="mix">The runs.</param>
/// <param name="perRequest">Runs in a request.</param>
internal sealed class SteadyClient(Current address, RunMix mix, int perRequest)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(250);

    private long acknowledged;

    /// <summary>How many submissions were acknowledged.</summary>
    public long Acknowledged => Volatile.Read(ref acknowledged);

    /// <summary>Submits until it is told to end.</summary>
    /// <param name="pause">From one request to the next; a late one is sent at once.</param>
    /// <param name="ending">Ends it after an answer.</param>
    public async Task Run(TimeSpan pause, CancellationToken ending)
    {
        using var client = new HttpClient();
        var (due, began) = (TimeSpan.Zero, Stopwatch.GetTimestamp());
        while (!ending.IsCancellationRequested)
        {
            if (due - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } early)
                await Task.Delay(early, CancellationToken.None);
            due += pause;
            var manifests = new Manifest[perRequest];
            for (var i = 0; i < perRequest; i++)
            {
                var (key, owner, spec) = mix.Next();
                manifests[i] = new RunManifest(key, spec with { Owner = owner });
            }
            await Submit(client, RunBodies.Of(manifests), Guid.NewGuid().ToString("N"));
            Interlocked.Add(ref acknowledged, perRequest);
        }
    }

    private async Task Submit(HttpClient client, ReadOnlyMemory<byte> body, string operation)
    {
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address.Now, "v1/manifests"));
                request.Headers.Add("Idempotency-Key", operation);
                request.Content = new ReadOnlyMemoryContent(body);
                request.Content.Headers.ContentType = new("application/json");
                using var answer = await client.SendAsync(request);
                if (answer.IsSuccessStatusCode)
                    return;
                if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests))
                    throw new InvalidOperationException(
                        $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            }
            catch (HttpRequestException)
            {
                // The host is gone; the next one is asked the same.
            }
            await Task.Delay(RetryPause);
        }
    }
}
