using System.Globalization;

namespace Jobtree.Silo.Demo;

/// <summary>The days of a demo, and the report after each.</summary>
/// <param name="demo">How it is played.</param>
internal sealed class DemoSession(DemoSettings demo)
{
    /// <summary>Plays the days; afterwards ends at once, or goes on ending what runs until it is cancelled.</summary>
    /// <param name="address">The silo.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="IOException">The silo refused the fleet of the day, or does not answer.</exception>
    public async Task Play(Uri address, CancellationToken cancellation)
    {
        using var client = new DayClient(address, demo.Token);
        var player = new DayPlayer(client, demo.DayLasts, new WorkloadOutput(demo.OutputFolder),
            Console.Error.WriteLine, TimeProvider.System);
        await player.Prepare(cancellation);
        for (var day = 1; day <= demo.Days; day++)
        {
            var plan = DayPlan.Of(demo.Seed, day);
            player.Add(plan, day);
            var from = DateTime.Now + (demo.DayLasts * (day - 1));
            var until = from + demo.DayLasts;
            await Say($"Day {day}, seed {demo.Seed}: {plan.Runs.Count} runs, {from:HH:mm:ss} to {until:HH:mm:ss}.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var playing = player.Play(stop.Token);
        await Task.WhenAny(playing, Report(client, player, stop.Token));
        if (demo.Exit && !playing.IsCompleted)
            await stop.CancelAsync();
        try
        {
            await playing;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The last day is over, or the silo stops.
        }
    }

    private async Task Report(DayClient client, DayPlayer player, CancellationToken cancellation)
    {
        for (var day = 1; day <= demo.Days; day++)
        {
            await Task.Delay(demo.DayLasts, cancellation);
            await Say($"Day {day} is over. What the silo's metrics say:");
            await Console.Out.WriteAsync(await Summary(client, cancellation));
            if (player.Unexpected > 0)
                await Say($"  {player.Unexpected} requests were answered otherwise than planned.");
        }
    }

    private static async Task<string> Summary(DayClient client, CancellationToken cancellation)
    {
        try
        {
            var page = await client.Send("metrics", null, "text/plain", cancellation);
            return DaySummary.Of(MetricsPage.Read(page.Text));
        }
        catch (HttpRequestException failure)
        {
            return $"  nothing: {failure.Message}{Environment.NewLine}";
        }
    }

    private static Task Say(FormattableString line) =>
        Console.Out.WriteLineAsync(line.ToString(CultureInfo.InvariantCulture));
}
